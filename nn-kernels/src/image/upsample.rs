//! Images in another size.

use super::rows_mut;
use crate::Team;
use crate::lanes::{Kernel, Lanes, vectorize};
use crate::path::Isa;
use crate::sizes::{elements, samples};

/// What stands between the pixels of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    /// The pixel at ⌊i · size before / size after⌋.
    Nearest,
    /// The mean of the four pixels around, weighted by nearness.
    Bilinear {
        /// Whether the corner pixels keep their places, so that `size − 1` is what is stretched; else pixels are squares whose outer edges do.
        align_corners: bool,
    },
}

/// An image and the size that it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resize {
    /// Height, width and channels of the image.
    pub input: [usize; 3],
    /// Height and width afterwards.
    pub output: [usize; 2],
    /// How values between pixels are made.
    pub interpolation: Interpolation,
}

/// Where a row (or column) of the output comes from: `(1 − weight) · low + weight · high`.
#[derive(Clone, Copy)]
struct Tap {
    low: usize,
    high: usize,
    weight: f32,
}

impl Resize {
    /// Elements of the image.
    pub const fn input_len(&self) -> usize {
        self.input[0] * self.input[1] * self.input[2]
    }

    /// Elements afterwards.
    pub const fn output_len(&self) -> usize {
        self.output[0] * self.output[1] * self.input[2]
    }

    fn check(&self, x: usize, y: usize) {
        let ([height, width, channels], [rows, columns]) = (self.input, self.output);
        let (input, output) = (elements(self, &[height, width, channels]), elements(self, &[rows, columns, channels]));
        assert!(samples(x, input, y, output).is_some(), "{self:?} of no whole batch");
    }

    /// As PyTorch computes it, with the fraction in double precision: the weight is what is left of a large number.
    #[inline(always)]
    fn tap(&self, axis: usize, at: usize) -> Tap {
        let (from, to) = (self.input[axis], self.output[axis]);
        let place = match self.interpolation {
            Interpolation::Nearest => {
                let low = at * from / to;
                return Tap { low, high: low, weight: 0.0 };
            }
            Interpolation::Bilinear { align_corners: true } if to == 1 => 0.0,
            Interpolation::Bilinear { align_corners: true } => (at * (from - 1)) as f64 / (to - 1) as f64,
            Interpolation::Bilinear { align_corners: false } => {
                ((at as f64 + 0.5) * from as f64 / to as f64 - 0.5).max(0.0)
            }
        };
        let low = (place as usize).min(from - 1);
        Tap { low, high: (low + 1).min(from - 1), weight: (place - low as f64) as f32 }
    }
}

/// `y` is `x` in the other size.
///
/// # Panics
///
/// When the sizes do not fit each other.
///
/// ```
/// use nn_kernels::{Interpolation, Resize, Team, resize};
/// let mut resized = Resize { input: [1, 2, 1], output: [1, 4], interpolation: Interpolation::Nearest };
/// let mut y = [0.0; 4];
/// resize(&Team::serial(), &resized, &[1.0, 5.0], &mut y);
/// assert_eq!(y, [1.0, 1.0, 5.0, 5.0]);
/// resized.interpolation = Interpolation::Bilinear { align_corners: false };
/// resize(&Team::serial(), &resized, &[1.0, 5.0], &mut y);
/// assert_eq!(y, [1.0, 2.0, 4.0, 5.0]);
/// ```
pub fn resize(team: &Team, resize: &Resize, x: &[f32], y: &mut [f32]) {
    resize.check(x.len(), y.len());
    let (isa, row_len) = (Isa::current(), resize.output[1] * resize.input[2]);
    rows_mut(team, y, resize.output[0], row_len, |sample, row, y| {
        let x = &x[sample * resize.input_len()..][..resize.input_len()];
        vectorize(isa, Row { resize, x, row, y });
    });
}

/// One row of the output.
struct Row<'a> {
    resize: &'a Resize,
    x: &'a [f32],
    row: usize,
    y: &'a mut [f32],
}

impl Kernel for Row<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, _: S) {
        let Self { resize, x, row, y } = self;
        let [_, width, channels] = resize.input;
        let vertical = resize.tap(0, row);
        let [above, below] = [vertical.low, vertical.high].map(|row| &x[row * width * channels..][..width * channels]);
        for (column, y) in y.chunks_exact_mut(channels).enumerate() {
            let across = resize.tap(1, column);
            let [low, high] = [across.low, across.high].map(|column| column * channels..(column + 1) * channels);
            if resize.interpolation == Interpolation::Nearest {
                y.copy_from_slice(&above[low]);
                continue;
            }
            let [w, v] = [across.weight, vertical.weight];
            let corners = above[low.clone()].iter().zip(&above[high.clone()]).zip(below[low].iter().zip(&below[high]));
            for (y, ((a, b), (c, d))) in y.iter_mut().zip(corners) {
                *y = (1.0 - v) * ((1.0 - w) * a + w * b) + v * ((1.0 - w) * c + w * d);
            }
        }
    }
}

/// The gradient of [`resize`]: every element of dy goes to the pixels that it was made of, by their weights.
///
/// # Panics
///
/// When the sizes do not fit each other.
pub fn resize_backward(team: &Team, resize: &Resize, dy: &[f32], dx: &mut [f32]) {
    resize.check(dx.len(), dy.len());
    let (isa, row_len) = (Isa::current(), resize.input[1] * resize.input[2]);
    rows_mut(team, dx, resize.input[0], row_len, |sample, row, dx| {
        let dy = &dy[sample * resize.output_len()..][..resize.output_len()];
        vectorize(isa, Spread { resize, dy, row, dx });
    });
}

/// What one row of the input was used for.
struct Spread<'a> {
    resize: &'a Resize,
    dy: &'a [f32],
    row: usize,
    dx: &'a mut [f32],
}

impl Kernel for Spread<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, _: S) {
        let Self { resize, dy, row, dx } = self;
        let channels = resize.input[2];
        dx.fill(0.0);
        for (y, dy) in dy.chunks_exact(resize.output[1] * channels).enumerate() {
            let vertical = resize.tap(0, y);
            let share = if vertical.low == row { 1.0 - vertical.weight } else { 0.0 }
                + if vertical.high == row { vertical.weight } else { 0.0 };
            if share == 0.0 {
                continue;
            }
            for (column, dy) in dy.chunks_exact(channels).enumerate() {
                let across = resize.tap(1, column);
                for (column, weight) in [(across.low, 1.0 - across.weight), (across.high, across.weight)] {
                    if weight != 0.0 {
                        let (dx, weight) = (&mut dx[column * channels..][..channels], share * weight);
                        dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += weight * dy);
                    }
                }
            }
        }
    }
}
