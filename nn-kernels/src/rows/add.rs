//! One row added to all.

use super::{rows, rows_per_task, same};
use crate::Team;
use crate::lanes::sweep_in;
use crate::path::Isa;
use crate::vector::Sum;

/// Every row of y is that of x plus `row`.
///
/// # Panics
///
/// When x is no whole number of such rows, or y is not as long as x.
///
/// ```
/// use nn_kernels::{Team, add_row};
///
/// let mut y = [0.0; 4];
/// add_row(&Team::serial(), &[1.0, 2.0, 3.0, 4.0], &[10.0, 20.0], &mut y);
/// assert_eq!(y, [11.0, 22.0, 13.0, 24.0]);
/// ```
pub fn add_row(team: &Team, x: &[f32], row: &[f32], y: &mut [f32]) {
    let cols = row.len();
    rows("add_row", x.len(), cols);
    same("add_row: x and y", x.len(), y.len());
    let (isa, step) = (Isa::current(), rows_per_task(cols, 1) * cols.max(1));
    team.chunks_mut(y, step, |task, y| {
        let x = &x[task * step..][..y.len()];
        for (x, y) in x.chunks_exact(cols).zip(y.chunks_exact_mut(cols)) {
            sweep_in(isa, [y], [x, row], Sum);
        }
    });
}
