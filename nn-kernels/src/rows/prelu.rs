//! PReLU: a leaky ReLU whose slopes are learnt, one for each channel.

use super::columns::{At, Summand, sum_rows};
use super::softmax::along;
use super::{rows, rows_per_task, same};
use crate::Team;
use crate::elementwise::CHUNK;
use crate::lanes::{Floats, Kernel, Lanes, Sums, fold, vectorize};
use crate::path::Isa;
use crate::team::SendPointer;

struct Forward<'a>(&'a [f32], f32, &'a mut [f32]);

impl Kernel for Forward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self(x, slope, y) = self;
        assert_eq!(x.len(), y.len());
        // SAFETY: the slices' length.
        unsafe { along!(s, x.len(), y.as_mut_ptr(), x = x.as_ptr() => x.greater(0.0).of(x, x * slope)) }
    }
}

/// Rows with a slope for each column: `y = g` where x > 0, else `slope · g`, with g the input or the gradient of the output.
struct Rows<'a> {
    x: &'a [f32],
    g: &'a [f32],
    slopes: &'a [f32],
    y: &'a mut [f32],
}

impl Kernel for Rows<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self { x, g, slopes, y } = self;
        let len = slopes.len();
        let rows = x.chunks_exact(len).zip(g.chunks_exact(len)).zip(y.chunks_exact_mut(len));
        for ((x, g), y) in rows {
            let (x, g, slopes) = (x.as_ptr(), g.as_ptr(), slopes.as_ptr());
            // SAFETY: rows of `len` elements.
            unsafe {
                along!(s, len, y.as_mut_ptr(), x = x, g = g, slope = slopes => x.greater(0.0).of(g, g * slope));
            }
        }
    }
}

fn by_rows(team: &Team, x: &[f32], g: &[f32], slopes: &[f32], y: &mut [f32]) {
    let (isa, chunk) = (Isa::current(), rows_per_task(slopes.len(), 1) * slopes.len().max(1));
    team.chunks_mut(y, chunk, |task, y| {
        let (x, g) = (&x[task * chunk..][..y.len()], &g[task * chunk..][..y.len()]);
        vectorize(isa, Rows { x, g, slopes, y });
    });
}

/// `dy · x` where x is not positive.
#[derive(Clone, Copy)]
struct SlopeGradients<'a> {
    x: &'a [f32],
    dy: &'a [f32],
}

impl Summand for SlopeGradients<'_> {
    const TWO: bool = false;
    #[inline(always)]
    unsafe fn add<S: Lanes>(&self, [sum, other]: [Floats<S>; 2], at: At<S>) -> [Floats<S>; 2] {
        // SAFETY: inside by contract.
        let (x, dy) = unsafe { (at.element(self.x), at.element(self.dy)) };
        // The sum is selected, not a factor: an infinite one times 0 is not a number.
        [x.greater(0.0).of(sum, dy.mul_add(x, sum)), other]
    }
}

/// `y = x` where x > 0, else `slope · x`, for x as `[samples, channels, inner]` with one slope for each channel (or one for
/// all). (He et al., 2015)
///
/// # Panics
///
/// When the lengths do not fit, as in all functions here.
///
/// ```
/// use nn_kernels::{Team, prelu};
///
/// let mut y = [0.0; 4];
/// prelu(&Team::serial(), &[-1.0, 2.0, -1.0, 2.0], &[0.5, 0.25], 2, &mut y);
/// assert_eq!(y, [-0.5, 2.0, -0.25, 2.0]);
/// ```
pub fn prelu(team: &Team, x: &[f32], slopes: &[f32], inner: usize, y: &mut [f32]) {
    same("prelu: x and y", x.len(), y.len());
    rows("prelu", x.len(), slopes.len() * inner);
    if inner == 1 && slopes.len() > 1 {
        return by_rows(team, x, x, slopes, y);
    }
    let isa = Isa::current();
    let channels = (CHUNK / inner.max(1)).max(1);
    let chunk = channels * inner.max(1);
    team.chunks_mut(y, chunk, |task, y| {
        for (i, y) in y.chunks_mut(inner).enumerate() {
            let channel = task * channels + i;
            let x = &x[channel * inner..][..inner];
            vectorize(isa, Forward(x, slopes[channel % slopes.len()], y));
        }
    });
}

/// Writes dx if there is one, and gives `Σ dy · x` over the elements that are not positive.
struct Backward<'a>(&'a [f32], &'a [f32], f32, Option<&'a mut [f32]>);

impl Kernel for Backward<'_> {
    type Output = f32;
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) -> f32 {
        let Self(x, dy, slope, dx) = self;
        assert!(x.len() == dy.len() && dx.as_ref().is_none_or(|dx| dx.len() == x.len()));
        let (x, dy, len) = (x.as_ptr(), dy.as_ptr(), x.len());
        let mut sum = Sums::new(s, 0.0);
        // SAFETY: the slices' length.
        unsafe {
            if let Some(dx) = dx {
                along!(s, len, dx.as_mut_ptr(), x = x, dy = dy => x.greater(0.0).of(dy, dy * slope));
            }
            fold!(s, sum, len, (sum, x = x, dy = dy) => x.greater(0.0).of(sum, dy.mul_add(x, sum)));
        }
        sum.total()
    }
}

/// The gradients of [`prelu`]: `dx = dy` where x > 0, else `slope · dy`; `dslope = Σ dy · x` over the elements of the
/// channel that are not positive, added to what is there if `accumulate`.
///
/// ```
/// use nn_kernels::{Team, prelu_backward};
///
/// let (mut dx, mut dslopes) = ([0.0; 2], [0.0]);
/// prelu_backward(&Team::serial(), &[-3.0, 2.0], &[1.0, 1.0], &[0.5], 2, Some(&mut dx), &mut dslopes, false);
/// assert_eq!((dx, dslopes), ([0.5, 1.0], [-3.0]));
/// ```
#[allow(clippy::too_many_arguments)]
pub fn prelu_backward(
    team: &Team,
    x: &[f32],
    dy: &[f32],
    slopes: &[f32],
    inner: usize,
    dx: Option<&mut [f32]>,
    dslopes: &mut [f32],
    accumulate: bool,
) {
    same("prelu_backward: x and dy", x.len(), dy.len());
    same("prelu_backward: slopes and their gradients", slopes.len(), dslopes.len());
    if let Some(dx) = &dx {
        same("prelu_backward: x and dx", x.len(), dx.len());
    }
    let (isa, channels) = (Isa::current(), slopes.len());
    let samples = rows("prelu_backward", x.len(), channels * inner);
    if inner == 1 && channels > 1 {
        if let Some(dx) = dx {
            by_rows(team, x, dy, slopes, dx);
        }
        // SAFETY: the lengths were checked.
        return unsafe { sum_rows(team, samples, channels, SlopeGradients { x, dy }, dslopes, &mut [], accumulate) };
    }
    let dx = dx.map(|dx| SendPointer(dx.as_mut_ptr()));
    // A task has whole channels, so that each slope's sum has one order.
    let step = (CHUNK / (samples * inner).max(1)).max(1);
    team.chunks_mut(dslopes, step, |task, dslopes| {
        for (i, dslope) in dslopes.iter_mut().enumerate() {
            let channel = task * step + i;
            let sum = (0..samples).map(|sample| {
                let start = (sample * channels + channel) * inner;
                // SAFETY: the elements of this channel are this task's.
                let dx = dx.map(|dx| unsafe { dx.part(start, inner) });
                vectorize(isa, Backward(&x[start..][..inner], &dy[start..][..inner], slopes[channel], dx))
            });
            let sum: f32 = sum.sum();
            *dslope = if accumulate { *dslope + sum } else { sum };
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Path, with_path};

    #[test]
    fn what_is_infinite_where_x_is_positive_does_not_count() {
        let (x, dy) = ([2.0, -1.0, f32::INFINITY, -2.0], [f32::INFINITY, 3.0, 1.0, 4.0]);
        for path in Path::ALL.into_iter().filter(|path| path.is_available()) {
            // Channels one after the other, and side by side.
            for (slopes, inner, expected) in [(&[0.5][..], 4, &[-11.0][..]), (&[0.5, 0.5], 1, &[0.0, -11.0])] {
                let mut dslopes = vec![0.0; slopes.len()];
                let run = || prelu_backward(&Team::serial(), &x, &dy, slopes, inner, None, &mut dslopes, false);
                with_path(path, run).unwrap();
                assert_eq!(dslopes, expected, "{path}");
            }
        }
    }
}
