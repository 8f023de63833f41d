//! Pooling over images that lie channels-last: the largest or the mean value of a window, for each channel.

mod average;
mod max;
#[cfg(test)]
mod tests;

pub use average::{AdaptivePool, adaptive_avg_pool, adaptive_avg_pool_backward, avg_pool, avg_pool_backward};
pub use max::{max_pool, max_pool_backward};

use crate::Team;
use crate::sizes::{elements, samples};
use std::fmt::Debug;

/// The geometry of a pooling layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Height, width and channels of the input.
    pub input: [usize; 3],
    /// Height and width of the output.
    pub output: [usize; 2],
    /// Height and width of the window.
    pub kernel: [usize; 2],
    /// Rows and columns from one window to the next.
    pub stride: [usize; 2],
    /// Rows above and columns to the left that windows may reach into.
    pub padding: [usize; 2],
    /// Rows below and columns to the right that belong to the padding (windows may reach further).
    pub padding_end: [usize; 2],
}

/// Channels that are pooled at a time.
const STRIP: usize = 16;
/// Elements of the input that a task reads, about.
const TASK: usize = 1 << 15;

impl Pool {
    /// Elements of an input sample.
    pub const fn input_len(&self) -> usize {
        self.input[0] * self.input[1] * self.input[2]
    }

    /// Elements of an output sample.
    pub const fn output_len(&self) -> usize {
        self.output[0] * self.output[1] * self.input[2]
    }

    /// `f32`s that hold, for one sample, which element of its window each output of [`max_pool`] is: a byte each.
    pub const fn picks_len(&self) -> usize {
        self.output_len().div_ceil(size_of::<f32>())
    }

    /// The positions of a window along an axis that lie inside the image, and the first of them in the window.
    #[inline(always)]
    fn inside(&self, axis: usize, output: usize) -> (std::ops::Range<usize>, usize) {
        let start = output * self.stride[axis];
        let end = (start + self.kernel[axis]).min(self.padding[axis] + self.input[axis]);
        let from = start.max(self.padding[axis]);
        (from - self.padding[axis]..end.max(from) - self.padding[axis], from - start)
    }

    /// The number of samples in a batch of these sizes.
    fn check(&self, x: usize, y: usize) -> usize {
        let n = whole_batch(self, self.input, self.output, (x, y));
        assert!(!self.kernel.contains(&0) && !self.stride.contains(&0), "a window or stride of 0: {self:?}");
        let ends = |axis: usize| {
            let windows = self.output[axis].checked_mul(self.stride[axis])?.checked_add(self.kernel[axis])?;
            windows.checked_add(self.padding[axis])?.checked_add(self.input[axis])?.checked_add(self.padding_end[axis])
        };
        assert!(ends(0).is_some() && ends(1).is_some(), "windows or padding without end: {self:?}");
        n
    }
}

/// The number of samples in a batch of `x` elements that a pool makes `y` elements of.
fn whole_batch(pool: &impl Debug, input: [usize; 3], output: [usize; 2], (x, y): (usize, usize)) -> usize {
    let ([height, width, channels], [rows, columns]) = (input, output);
    let (input, output) = (elements(pool, &[height, width, channels]), elements(pool, &[rows, columns, channels]));
    samples(x, input, y, output).unwrap_or_else(|| panic!("{pool:?} over no whole batch"))
}

/// Calls `f(sample, first row, rows)` for all `height` rows of the output, each of which reads about `work` elements of the input.
fn share_rows(team: &Team, n: usize, height: usize, work: usize, f: &(dyn Fn(usize, usize, usize) + Sync)) {
    let rows = (TASK / work.max(1)).clamp(1, height.max(1));
    let parts = height.div_ceil(rows);
    team.run(n * parts, &|task| {
        let first = task % parts * rows;
        f(task / parts, first, rows.min(height - first));
    });
}
