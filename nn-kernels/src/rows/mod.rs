//! Kernels over the rows or the columns of a matrix: softmax, normalisations, column sums.
//!
//! Rows are independent, so a task takes some of them. Sums over rows are split into a number of chunks that depends on the
//! shape alone; the sums of the chunks are added in order. So no result depends on the number of threads.

mod add;
mod batch_norm;
mod columns;
mod exponentials;
mod group_norm;
mod layer_norm;
mod moments;
mod prelu;
mod rms_norm;
mod softmax;
#[cfg(test)]
mod tests;

pub use add::add_row;
pub use batch_norm::{BatchNormSaved, batch_norm, batch_norm_backward, batch_norm_eval, batch_norm_update_running};
pub use columns::column_sums;
pub use exponentials::row_exponentials;
pub use group_norm::{GroupNormSaved, Groups, group_norm, group_norm_backward};
pub use layer_norm::{layer_norm, layer_norm_backward, layer_norm_backward_parameters};
pub use prelu::{prelu, prelu_backward};
pub use rms_norm::{rms_norm, rms_norm_backward, rms_norm_backward_parameters};
pub use softmax::{log_softmax, log_softmax_backward, log_softmax_inplace, softmax, softmax_backward, softmax_inplace};
pub(crate) use softmax::{softmax_backward_row, softmax_row};

use crate::elementwise::CHUNK;

/// Rows of a task that does `cost` times as much for an element as a copy.
fn rows_per_task(cols: usize, cost: usize) -> usize {
    (CHUNK / cost / cols.max(1)).max(1)
}

/// Panics unless `len` elements are whole rows of `cols`; gives the number of rows.
pub(crate) fn rows(what: &str, len: usize, cols: usize) -> usize {
    if len == 0 {
        return 0;
    }
    assert!(cols > 0 && len.is_multiple_of(cols), "{what}: {len} elements are no whole rows of {cols}");
    len / cols
}

/// Panics unless two operands have the same length.
fn same(what: &str, one: usize, other: usize) {
    assert_eq!(one, other, "{what}: {one} elements on one side, {other} on the other");
}
