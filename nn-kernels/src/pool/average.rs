//! The mean of a window.

use super::{Pool, STRIP, share_rows, whole_batch};
use crate::Team;
use crate::lanes::{Kernel, Lanes, vectorize};
use crate::path::Isa;
use crate::team::SendPointer;
use std::ops::Range;

/// Which elements of the image the mean at a place is of.
trait Windows: Sync {
    /// Height, width and channels of the input.
    fn input(&self) -> [usize; 3];
    /// Height and width of the output.
    fn output(&self) -> [usize; 2];
    /// The rows (axis 0) or columns of an output.
    fn inside(&self, axis: usize, output: usize) -> Range<usize>;
    /// What the sum of a window is multiplied with.
    fn share(&self, at: [usize; 2]) -> f32;
}

/// A pool that counts elements in the padding, or not.
struct Moving<'a>(&'a Pool, bool);

impl Windows for Moving<'_> {
    fn input(&self) -> [usize; 3] {
        self.0.input
    }
    fn output(&self) -> [usize; 2] {
        self.0.output
    }
    #[inline(always)]
    fn inside(&self, axis: usize, output: usize) -> Range<usize> {
        self.0.inside(axis, output).0
    }
    #[inline(always)]
    fn share(&self, at: [usize; 2]) -> f32 {
        self.0.share(self.1, at)
    }
}

/// Windows that cut an image into so many parts of about the same size: part i of k is from `⌊i · size / k⌋` to `⌈(i + 1) · size / k⌉`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptivePool {
    /// Height, width and channels of the input.
    pub input: [usize; 3],
    /// Height and width of the output.
    pub output: [usize; 2],
}

impl AdaptivePool {
    /// Elements of an input sample.
    pub const fn input_len(&self) -> usize {
        self.input[0] * self.input[1] * self.input[2]
    }

    /// Elements of an output sample.
    pub const fn output_len(&self) -> usize {
        self.output[0] * self.output[1] * self.input[2]
    }

    /// The number of samples in a batch of these sizes.
    fn check(&self, x: usize, y: usize) -> usize {
        whole_batch(self, self.input, self.output, (x, y))
    }
}

impl Windows for AdaptivePool {
    fn input(&self) -> [usize; 3] {
        self.input
    }
    fn output(&self) -> [usize; 2] {
        self.output
    }
    #[inline(always)]
    fn inside(&self, axis: usize, output: usize) -> Range<usize> {
        let (size, parts) = (self.input[axis], self.output[axis]);
        output * size / parts..((output + 1) * size).div_ceil(parts)
    }
    #[inline(always)]
    fn share(&self, at: [usize; 2]) -> f32 {
        1.0 / (self.inside(0, at[0]).len() * self.inside(1, at[1]).len()) as f32
    }
}

impl Pool {
    /// What the sum of a window is multiplied with. A window counts its elements inside the image, or with those in the padding.
    #[inline(always)]
    fn share(&self, count_padding: bool, at: [usize; 2]) -> f32 {
        let count = |axis: usize| {
            if count_padding {
                let start = at[axis] * self.stride[axis];
                let end = self.padding[axis] + self.input[axis] + self.padding_end[axis];
                (start + self.kernel[axis]).min(end) - start.min(end)
            } else {
                self.inside(axis, at[axis]).0.len()
            }
        };
        1.0 / (count(0) * count(1)).max(1) as f32
    }
}

/// `y = mean x` over each window.
///
/// # Panics
///
/// When sizes do not fit each other.
pub fn avg_pool(team: &Team, pool: &Pool, count_padding: bool, x: &[f32], y: &mut [f32]) {
    let n = pool.check(x.len(), y.len());
    means(team, &Moving(pool, count_padding), n, x, y);
}

/// `y = mean x` over each part of an image.
///
/// # Panics
///
/// When sizes do not fit each other.
///
/// ```
/// use nn_kernels::{AdaptivePool, Team, adaptive_avg_pool};
/// let mut y = [0.0; 2];
/// adaptive_avg_pool(&Team::serial(), &AdaptivePool { input: [1, 3, 1], output: [1, 2] }, &[1.0, 2.0, 4.0], &mut y);
/// assert_eq!(y, [1.5, 3.0]);
/// ```
pub fn adaptive_avg_pool(team: &Team, pool: &AdaptivePool, x: &[f32], y: &mut [f32]) {
    let n = pool.check(x.len(), y.len());
    means(team, pool, n, x, y);
}

fn means(team: &Team, windows: &impl Windows, n: usize, x: &[f32], y: &mut [f32]) {
    let (isa, y) = (Isa::current(), SendPointer(y.as_mut_ptr()));
    let ([height, width, channels], [rows, columns]) = (windows.input(), windows.output());
    let (len, row) = (height * width * channels, columns * channels);
    share_rows(team, n, rows, len / rows.max(1), &|sample, first, count| {
        let x = &x[sample * len..][..len];
        // SAFETY: these rows of the output are the task's own.
        let y = unsafe { y.part((sample * rows + first) * row, count * row) };
        vectorize(isa, Mean { windows, x, y, first });
    });
}

struct Mean<'a, W> {
    windows: &'a W,
    x: &'a [f32],
    y: &'a mut [f32],
    first: usize,
}

impl<W: Windows> Kernel for Mean<'_, W> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, _: S) {
        let Self { windows, x, y, first } = self;
        let ([_, width, channels], [_, across]) = (windows.input(), windows.output());
        for at in 0..y.len() / channels {
            let (oy, ox) = (first + at / across, at % across);
            let (rows, columns) = (windows.inside(0, oy), windows.inside(1, ox));
            let share = windows.share([oy, ox]);
            for channel in (0..channels).step_by(STRIP) {
                let strip = STRIP.min(channels - channel);
                let mut sum = [0.0; STRIP];
                for row in rows.clone() {
                    for column in columns.clone() {
                        let x = &x[(row * width + column) * channels + channel..][..strip];
                        sum.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
                    }
                }
                let y = &mut y[at * channels + channel..][..strip];
                y.iter_mut().zip(sum).for_each(|(y, sum)| *y = sum * share);
            }
        }
    }
}

/// The gradient of the input: dy is shared by its window.
///
/// # Panics
///
/// When sizes do not fit each other.
pub fn avg_pool_backward(team: &Team, pool: &Pool, count_padding: bool, dy: &[f32], dx: &mut [f32]) {
    let n = pool.check(dx.len(), dy.len());
    spread(team, &Moving(pool, count_padding), n, dy, dx);
}

/// The gradient of [`adaptive_avg_pool`].
///
/// # Panics
///
/// When sizes do not fit each other.
pub fn adaptive_avg_pool_backward(team: &Team, pool: &AdaptivePool, dy: &[f32], dx: &mut [f32]) {
    let n = pool.check(dx.len(), dy.len());
    spread(team, pool, n, dy, dx);
}

fn spread(team: &Team, windows: &impl Windows, n: usize, dy: &[f32], dx: &mut [f32]) {
    let (isa, n) = (Isa::current(), n.max(1));
    let (from, to) = (dy.len() / n, dx.len() / n);
    team.chunks_mut(dx, to.max(1), |sample, dx| {
        let dy = &dy[sample * from..][..from];
        vectorize(isa, Spread { windows, dy, dx });
    });
}

struct Spread<'a, W> {
    windows: &'a W,
    dy: &'a [f32],
    dx: &'a mut [f32],
}

impl<W: Windows> Kernel for Spread<'_, W> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, _: S) {
        let Self { windows, dy, dx } = self;
        let ([_, width, channels], [_, across]) = (windows.input(), windows.output());
        dx.fill(0.0);
        for at in 0..dy.len() / channels {
            let (oy, ox) = (at / across, at % across);
            let (rows, columns) = (windows.inside(0, oy), windows.inside(1, ox));
            let share = windows.share([oy, ox]);
            let dy = &dy[at * channels..][..channels];
            for row in rows {
                for column in columns.clone() {
                    let dx = &mut dx[(row * width + column) * channels..][..channels];
                    dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += dy * share);
                }
            }
        }
    }
}
