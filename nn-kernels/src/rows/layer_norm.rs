//! Layer normalisation.

use super::columns::{At, Summand, sum_rows};
use super::moments::not_negative;
use super::softmax::along;
use super::{rows, rows_per_task, same};
use crate::Team;
use crate::lanes::{Floats, Kernel, Lanes, Sums, fold, vectorize};
use crate::path::Isa;
use crate::team::SendPointer;

/// The longest row whose mean is taken as it is: a sum of so few has no error to speak of, and another sum takes a tenth of the time.
const SHORT: usize = 64;

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
    fn run<S: Lanes>(self, s: S) {
        let Self { x, gamma, beta, eps, y, mean, rstd } = self;
        let len = gamma.len();
        assert_eq!(beta.len(), len);
        let (gamma, beta, share) = (gamma.as_ptr(), beta.as_ptr(), 1.0 / len as f32);
        let rows = x.chunks_exact(len).zip(y.chunks_exact_mut(len));
        for ((x, y), (mean, rstd)) in rows.zip(mean.iter_mut().zip(rstd)) {
            let (x, y) = (x.as_ptr(), y.as_mut_ptr());
            let [mut sum, mut squares, mut apart] = [Sums::new(s, 0.0); 3];
            // SAFETY: the rows' elements.
            unsafe {
                fold!(s, sum, len, (sum, x = x) => sum + x);
                let m = sum.total() * share;
                let off = if len <= SHORT {
                    fold!(s, squares, len, (squares, x = x) => (x - m).mul_add(x - m, squares));
                    0.0
                } else {
                    // What the mean is off by (`moments.rs`).
                    fold!(s, [squares, apart], len, ([squares, apart], x = x) => {
                        let d = x - m;
                        [d.mul_add(d, squares), apart + d]
                    });
                    apart.total() * share
                };
                let (m, variance) = (m + off, not_negative(squares.total() * share - off * off));
                let r = 1.0 / (variance + eps).sqrt();
                along!(s, len, y, x = x, gamma = gamma, beta = beta => ((x - m) * r).mul_add(gamma, beta));
                (*mean, *rstd) = (m, r);
            }
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
        let (y, rstd) = unsafe { (y.part(row * cols, rows * cols), rstd.part(row, rows)) };
        vectorize(isa, Forward { x, gamma, beta, eps, y, mean, rstd });
    });
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
    fn run<S: Lanes>(self, s: S) {
        let Self { x, dy, gamma, mean, rstd, dx } = self;
        let len = gamma.len();
        let (gamma, share) = (gamma.as_ptr(), 1.0 / len as f32);
        let rows = x.chunks_exact(len).zip(dy.chunks_exact(len)).zip(dx.chunks_exact_mut(len));
        for (((x, dy), dx), (&m, &r)) in rows.zip(mean.iter().zip(rstd)) {
            let (x, dy, dx) = (x.as_ptr(), dy.as_ptr(), dx.as_mut_ptr());
            let (mut sum, mut dot) = (Sums::new(s, 0.0), Sums::new(s, 0.0));
            // SAFETY: the rows' elements.
            unsafe {
                fold!(s, sum, len, (sum, dy = dy, gamma = gamma) => dy.mul_add(gamma, sum));
                fold!(s, dot, len, (sum, dy = dy, gamma = gamma, x = x) => (dy * gamma).mul_add(x - m, sum));
                let (average, slope) = (sum.total() * share, dot.total() * share * r * r);
                along!(s, len, dx, dy = dy, gamma = gamma, x = x => {
                    (x - m).mul_add(-slope, dy.mul_add(gamma, -average)) * r
                });
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
    unsafe fn add<S: Lanes>(&self, [products, plain]: [Floats<S>; 2], at: At<S>) -> [Floats<S>; 2] {
        // SAFETY: inside by contract.
        unsafe {
            let (x, dy) = (at.element(self.x), at.element(self.dy));
            let (m, r) = (*self.mean.get_unchecked(at.row), *self.rstd.get_unchecked(at.row));
            [dy.mul_add((x - m) * r, products), plain + dy]
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
