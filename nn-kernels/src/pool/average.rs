//! The mean of a window.

use super::{Pool, STRIP, part};
use crate::Team;
use crate::lanes::{Kernel, Lanes, vectorize};
use crate::path::Isa;
use crate::team::SendPointer;

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
    let (isa, y) = (Isa::current(), SendPointer(y.as_mut_ptr()));
    let row = pool.output[1] * pool.input[2];
    pool.rows(team, n, &|sample, first, rows| {
        let x = &x[sample * pool.input_len()..][..pool.input_len()];
        // SAFETY: these rows of the output are the task's own.
        let y = unsafe { part(&y, sample * pool.output_len() + first * row, rows * row) };
        vectorize(isa, Mean { pool, count_padding, x, y, first });
    });
}

struct Mean<'a> {
    pool: &'a Pool,
    count_padding: bool,
    x: &'a [f32],
    y: &'a mut [f32],
    first: usize,
}

impl Kernel for Mean<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, _: S) {
        let Self { pool, count_padding, x, y, first } = self;
        let [_, width, channels] = pool.input;
        for at in 0..y.len() / channels {
            let (oy, ox) = (first + at / pool.output[1], at % pool.output[1]);
            let ((rows, _), (columns, _)) = (pool.inside(0, oy), pool.inside(1, ox));
            let share = pool.share(count_padding, [oy, ox]);
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
    pool.check(dx.len(), dy.len());
    let isa = Isa::current();
    team.chunks_mut(dx, pool.input_len(), |sample, dx| {
        let dy = &dy[sample * pool.output_len()..][..pool.output_len()];
        vectorize(isa, Spread { pool, count_padding, dy, dx });
    });
}

struct Spread<'a> {
    pool: &'a Pool,
    count_padding: bool,
    dy: &'a [f32],
    dx: &'a mut [f32],
}

impl Kernel for Spread<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, _: S) {
        let Self { pool, count_padding, dy, dx } = self;
        let [_, width, channels] = pool.input;
        dx.fill(0.0);
        for at in 0..dy.len() / channels {
            let (oy, ox) = (at / pool.output[1], at % pool.output[1]);
            let ((rows, _), (columns, _)) = (pool.inside(0, oy), pool.inside(1, ox));
            let share = pool.share(count_padding, [oy, ox]);
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
