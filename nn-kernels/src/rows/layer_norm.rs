//! Layer normalisation.

use super::columns::{Summand, sum_rows};
use super::softmax::lane_sum;
use super::{rows, rows_per_task, same};
use crate::Team;
use crate::path::Isa;
use crate::team::SendPointer;
use crate::vectorize::{Arithmetic, Kernel, LANES, total, vectorize};

struct Forward<'a> {
    x: &'a [f32],
    gamma: &'a [f32],
    beta: &'a [f32],
    eps: f32,
    y: &'a mut [f32],
    mean: &'a mut [f32],
    rstd: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Self { x, gamma, beta, eps, y, mean, rstd } = self;
        let cols = gamma.len();
        let count = 1.0 / cols as f32;
        let rows = x.chunks_exact(cols).zip(y.chunks_exact_mut(cols));
        for ((x, y), (mean, rstd)) in rows.zip(mean.iter_mut().zip(rstd)) {
            let m = count * lane_sum!(x, x, |x, _same, sum| sum + x);
            let variance: f32 = count * lane_sum!(x, x, |x, _same, sum| A::mul_add(x - m, x - m, sum));
            let r = 1.0 / (variance + eps).sqrt();
            for (((&x, y), &gamma), &beta) in x.iter().zip(y).zip(gamma).zip(beta) {
                *y = A::mul_add((x - m) * r, gamma, beta);
            }
            (*mean, *rstd) = (m, r);
        }
    }
}

/// Layer normalisation of each row: `y = (x − mean) · rstd · γ + β` with `rstd = 1 / √(variance + eps)` and the variance of
/// the whole row (biased). Keeps each row's mean and rstd for the backward pass. (Ba, Kiros and Hinton, 2016)
///
/// γ and β have as many elements as a row.
///
/// # Panics
///
/// When the lengths do not fit, as in all functions here.
///
/// ```
/// use nn_kernels::{Team, layer_norm};
///
/// let (x, gamma, beta) = ([1.0, 3.0, 10.0, 14.0], [1.0, 2.0], [0.0, 0.5]);
/// let (mut y, mut mean, mut rstd) = ([0.0; 4], [0.0; 2], [0.0; 2]);
/// layer_norm(&Team::serial(), &x, &gamma, &beta, 0.0, &mut y, &mut mean, &mut rstd);
/// assert_eq!((y, mean, rstd), ([-1.0, 2.5, -1.0, 2.5], [2.0, 12.0], [1.0, 0.5]));
/// ```
#[allow(clippy::too_many_arguments)]
pub fn layer_norm(
    team: &Team,
    x: &[f32],
    gamma: &[f32],
    beta: &[f32],
    eps: f32,
    y: &mut [f32],
    mean: &mut [f32],
    rstd: &mut [f32],
) {
    let cols = gamma.len();
    let count = rows("layer_norm", x.len(), cols);
    same("layer_norm: γ and β", cols, beta.len());
    same("layer_norm: x and y", x.len(), y.len());
    same("layer_norm: rows and means", count, mean.len());
    same("layer_norm: rows and rstd", count, rstd.len());
    let (isa, step) = (Isa::current(), rows_per_task(cols, 2));
    let rstd = SendPointer(rstd.as_mut_ptr());
    let y = SendPointer(y.as_mut_ptr());
    team.chunks_mut(mean, step, |task, mean| {
        let (row, rows) = (task * step, mean.len());
        let x = &x[row * cols..][..rows * cols];
        // SAFETY: these rows are this task's.
        let (y, rstd) = unsafe { (part(y, row * cols, rows * cols), part(rstd, row, rows)) };
        vectorize(isa, Forward { x, gamma, beta, eps, y, mean, rstd });
    });
}

/// # Safety
///
/// Inside the allocation, and nobody else's.
unsafe fn part<'a>(start: SendPointer<f32>, offset: usize, len: usize) -> &'a mut [f32] {
    // SAFETY: by contract.
    unsafe { std::slice::from_raw_parts_mut(start.get().add(offset), len) }
}

struct Backward<'a> {
    x: &'a [f32],
    dy: &'a [f32],
    gamma: &'a [f32],
    mean: &'a [f32],
    rstd: &'a [f32],
    dx: &'a mut [f32],
}

impl Kernel for Backward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Self { x, dy, gamma, mean, rstd, dx } = self;
        let cols = gamma.len();
        let count = 1.0 / cols as f32;
        let rows = x.chunks_exact(cols).zip(dy.chunks_exact(cols)).zip(dx.chunks_exact_mut(cols));
        for (((x, dy), dx), (&m, &r)) in rows.zip(mean.iter().zip(rstd)) {
            // dx holds g = dy · γ for a while.
            for ((dx, &dy), &gamma) in dx.iter_mut().zip(dy).zip(gamma) {
                *dx = dy * gamma;
            }
            let sum: f32 = count * lane_sum!(dx, dx, |g, _same, sum| sum + g);
            let dot: f32 = count * r * r * lane_sum!(dx, x, |g, x, sum| A::mul_add(g, x - m, sum));
            for (dx, &x) in dx.iter_mut().zip(x) {
                *dx = r * A::mul_add(-(x - m), dot, *dx - sum);
            }
        }
    }
}

/// The input gradient of [`layer_norm`]. With `x̂ = (x − mean) · rstd` and `g = dy · γ`, for each row:
/// `dx = rstd · (g − average(g) − x̂ · average(g · x̂))`.
///
/// ```
/// use nn_kernels::{Team, layer_norm_backward};
///
/// // A gradient that is the same everywhere moves only the mean, which the normalisation removes.
/// let mut dx = [1.0; 2];
/// layer_norm_backward(&Team::serial(), &[1.0, 3.0], &[5.0, 5.0], &[1.0, 1.0], &[2.0], &[1.0], &mut dx);
/// assert_eq!(dx, [0.0, 0.0]);
/// ```
pub fn layer_norm_backward(
    team: &Team,
    x: &[f32],
    dy: &[f32],
    gamma: &[f32],
    mean: &[f32],
    rstd: &[f32],
    dx: &mut [f32],
) {
    let cols = gamma.len();
    let count = rows("layer_norm_backward", x.len(), cols);
    same("layer_norm_backward: x and dy", x.len(), dy.len());
    same("layer_norm_backward: x and dx", x.len(), dx.len());
    same("layer_norm_backward: rows and means", count, mean.len());
    same("layer_norm_backward: rows and rstd", count, rstd.len());
    let (isa, step) = (Isa::current(), rows_per_task(cols, 2));
    team.chunks_mut(dx, step * cols.max(1), |task, dx| {
        let (row, rows) = (task * step, dx.len() / cols);
        let range = row * cols..row * cols + dx.len();
        let (x, dy) = (&x[range.clone()], &dy[range]);
        let (mean, rstd) = (&mean[row..row + rows], &rstd[row..row + rows]);
        vectorize(isa, Backward { x, dy, gamma, mean, rstd, dx });
    });
}

#[derive(Clone, Copy)]
struct ParameterGradients<'a> {
    x: &'a [f32],
    dy: &'a [f32],
    mean: &'a [f32],
    rstd: &'a [f32],
}

impl Summand for ParameterGradients<'_> {
    const TWO: bool = true;
    #[inline(always)]
    unsafe fn values<A: Arithmetic>(&self, index: usize, row: usize, _col: usize) -> [f32; 2] {
        // SAFETY: inside by contract.
        unsafe {
            let (x, dy) = (*self.x.get_unchecked(index), *self.dy.get_unchecked(index));
            let (m, r) = (*self.mean.get_unchecked(row), *self.rstd.get_unchecked(row));
            [dy * ((x - m) * r), dy]
        }
    }
}

/// The parameter gradients of [`layer_norm`]: `dγ = Σ dy · x̂` and `dβ = Σ dy` over the rows, added to what is there if
/// `accumulate`.
#[allow(clippy::too_many_arguments)]
pub fn layer_norm_backward_parameters(
    team: &Team,
    x: &[f32],
    dy: &[f32],
    mean: &[f32],
    rstd: &[f32],
    dgamma: &mut [f32],
    dbeta: &mut [f32],
    accumulate: bool,
) {
    let cols = dgamma.len();
    let count = rows("layer_norm_backward_parameters", x.len(), cols);
    same("layer_norm_backward_parameters: x and dy", x.len(), dy.len());
    same("layer_norm_backward_parameters: dγ and dβ", cols, dbeta.len());
    same("layer_norm_backward_parameters: rows and means", count, mean.len());
    same("layer_norm_backward_parameters: rows and rstd", count, rstd.len());
    let summand = ParameterGradients { x, dy, mean, rstd };
    // SAFETY: the lengths were checked.
    unsafe { sum_rows(team, count, cols, summand, dgamma, dbeta, accumulate) }
}
