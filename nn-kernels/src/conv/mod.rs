//! Two-dimensional convolutions over images that lie channels-last, and their gradients.
//!
//! | function | computes |
//! |---|---|
//! | [`conv_forward`] | `y = activation(x ∗ w + bias)` |
//! | [`conv_backward_input`] | the gradient of x: a convolution of dy with the taps in reverse, one for each place between two outputs |
//! | [`conv_backward_weights`] | the gradient of w: a product of taps with dy over all pixels |
//!
//! Weights are `[kh, kw, in / groups, out]`. Nothing is unfolded: in channels-last order the taps in a row of the kernel and their channels
//! are one run of the image. Only rows that need zeros around them are copied, a band of them at a time.

mod compile;
mod forward;
mod geometry;
mod input;
mod pad;
mod pass;
#[cfg(test)]
mod tests;
mod weights;
mod winograd;

pub use forward::{ConvEpilogue, ConvWeights, ReadyConv, conv_forward, conv_forward_ready, conv_pool};
pub use geometry::Conv;
pub use input::{conv_backward_input, conv_transposed};
pub use weights::conv_backward_weights;

use crate::Team;
use crate::path::Isa;
use crate::team::SendPointer;
use compile::compiled;
use geometry::Pass;
use pad::with_rows;
use pass::Band;

/// Multiply-adds of a task, about.
const TASK: usize = 1 << 20;

impl Conv {
    /// Whether a max pool of 2 × 2 can be computed together with it, by [`conv_pool`].
    pub const fn pools(&self) -> bool {
        self.is_winograd()
    }

    /// Floats of scratch memory that [`conv_backward_input`] wants.
    pub const fn input_scratch(&self) -> usize {
        if self.is_winograd() { self.transformed_len() } else { self.weight_len() }
    }
}

/// `to[j, i] = from[i, j]` of a matrix with `rows` rows.
pub(crate) fn transpose(from: &[f32], rows: usize, cols: usize, to: &mut [f32]) {
    const BLOCK: usize = 16;
    for i0 in (0..rows).step_by(BLOCK) {
        for j0 in (0..cols).step_by(BLOCK) {
            for j in j0..(j0 + BLOCK).min(cols) {
                for i in i0..(i0 + BLOCK).min(rows) {
                    to[j * rows + i] = from[i * cols + j];
                }
            }
        }
    }
}

struct Operands<'a> {
    x: &'a [f32],
    w: &'a [f32],
    y: SendPointer<f32>,
    columns: usize,
    group: usize,
}

/// Computes a pass for `n` samples: tasks of some rows of one sample, or of some samples. `finish` is told the rows that are done.
#[allow(clippy::too_many_arguments)]
fn run(
    team: &Team,
    isa: Isa,
    conv: &Conv,
    pass: &Pass,
    n: usize,
    operands: &Operands<'_>,
    bias: SendPointer<f32>,
    relu: bool,
    finish: &(dyn Fn(usize, usize, usize) + Sync),
) {
    let [height, width, channels] = pass.source;
    let row_work = pass.size[1] * pass.taps[0].count * pass.taps[1].count * channels * pass.target[2] / pass.groups;
    let rows = (TASK / row_work.max(1)).clamp(1, pass.size[0]);
    let parts = pass.size[0].div_ceil(rows);
    let samples = if parts > 1 { 1 } else { (TASK / (row_work * pass.size[0]).max(1)).clamp(1, n.max(1)) };
    let target_len = pass.target.iter().product::<usize>();
    team.run(n.div_ceil(samples) * parts, &|task| {
        let (group, part) = (task / parts, task % parts);
        let (begin, end) = (part * rows, ((part + 1) * rows).min(pass.size[0]));
        for sample in group * samples..((group + 1) * samples).min(n) {
            let source = operands.x[sample * height * width * channels..].as_ptr();
            let most = pass.most_rows();
            for first in (begin..end).step_by(most) {
                let count = most.min(end - first);
                // SAFETY: the sample is whole, and these rows of the target are written by this task alone.
                unsafe {
                    with_rows(pass, source, first, count, |source, stride| {
                        let band = Band {
                            pass,
                            source,
                            stride,
                            weights: operands.w.as_ptr(),
                            tap: operands.w.len() / (conv.kernel[0] * conv.kernel[1]),
                            columns: operands.columns,
                            group: operands.group,
                            target: operands.y.get().add(sample * target_len),
                            first,
                            rows: count,
                            bias: bias.get().cast_const(),
                            relu,
                        };
                        compiled(isa, band);
                    });
                }
                finish(sample, first, count);
            }
        }
    });
}
