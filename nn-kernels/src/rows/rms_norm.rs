//! Root-mean-square normalisation.

use super::columns::{At, Summand, sum_rows};
use super::softmax::along;
use super::{rows, rows_per_task, same};
use crate::Team;
use crate::lanes::{Floats, Kernel, Lanes, Sums, fold, vectorize};
use crate::path::Isa;
use crate::team::SendPointer;

struct Forward<'a> {
    x: &'a [f32],
    gamma: &'a [f32],
    eps: f32,
    y: &'a mut [f32],
    scale: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self { x, gamma, eps, y, scale } = self;
        let len = gamma.len();
        let (gamma, share) = (gamma.as_ptr(), 1.0 / len as f32);
        for ((x, y), scale) in x.chunks_exact(len).zip(y.chunks_exact_mut(len)).zip(scale) {
            let (x, y) = (x.as_ptr(), y.as_mut_ptr());
            let mut squares = Sums::new(s, 0.0);
            // SAFETY: the rows' elements.
            unsafe {
                fold!(s, squares, len, (squares, x = x) => x.mul_add(x, squares));
                let r = 1.0 / squares.total().mul_add(share, eps).sqrt();
                along!(s, len, y, x = x, gamma = gamma => x * r * gamma);
                *scale = r;
            }
        }
    }
}

/// Root-mean-square normalisation of each row: `y = x · r · γ` with `r = 1 / √(average(x²) + eps)`, which is kept for the backward pass.
/// (Zhang and Sennrich, 2019)
///
/// γ has as many elements as a row.
///
/// # Panics
///
/// When the lengths do not fit, as in all functions here.
///
/// ```
/// use nn_kernels::{Team, rms_norm};
///
/// let (mut y, mut r) = ([0.0; 2], [0.0]);
/// rms_norm(&Team::serial(), &[1.0, 7.0], &[1.0, 2.0], 0.0, &mut y, &mut r);
/// assert_eq!((y, r), ([0.2, 2.8], [0.2]));
/// ```
pub fn rms_norm(team: &Team, x: &[f32], gamma: &[f32], eps: f32, y: &mut [f32], scale: &mut [f32]) {
    let cols = gamma.len();
    let count = rows("rms_norm", x.len(), cols);
    same("rms_norm: x and y", x.len(), y.len());
    same("rms_norm: rows and scales", count, scale.len());
    let (isa, step) = (Isa::current(), rows_per_task(cols, 2));
    let y = SendPointer(y.as_mut_ptr());
    team.chunks_mut(scale, step, |task, scale| {
        let (row, rows) = (task * step, scale.len());
        let x = &x[row * cols..][..rows * cols];
        // SAFETY: these rows are this task's.
        let y = unsafe { y.part(row * cols, rows * cols) };
        vectorize(isa, Forward { x, gamma, eps, y, scale });
    });
}

struct Backward<'a> {
    x: &'a [f32],
    dy: &'a [f32],
    gamma: &'a [f32],
    scale: &'a [f32],
    dx: &'a mut [f32],
}

impl Kernel for Backward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self { x, dy, gamma, scale, dx } = self;
        let len = gamma.len();
        let (gamma, share) = (gamma.as_ptr(), 1.0 / len as f32);
        let rows = x.chunks_exact(len).zip(dy.chunks_exact(len)).zip(dx.chunks_exact_mut(len));
        for (((x, dy), dx), &r) in rows.zip(scale) {
            let (x, dy, dx) = (x.as_ptr(), dy.as_ptr(), dx.as_mut_ptr());
            let mut dot = Sums::new(s, 0.0);
            // SAFETY: the rows' elements.
            unsafe {
                fold!(s, dot, len, (sum, dy = dy, gamma = gamma, x = x) => (dy * gamma).mul_add(x, sum));
                let slope = dot.total() * share * r * r;
                along!(s, len, dx, dy = dy, gamma = gamma, x = x => x.mul_add(-slope, dy * gamma) * r);
            }
        }
    }
}

/// The input gradient of [`rms_norm`]. With `x̂ = x · r` and `g = dy · γ`, for each row: `dx = r · (g − x̂ · average(g · x̂))`.
///
/// ```
/// use nn_kernels::{Team, rms_norm_backward};
///
/// // A gradient along x only makes it longer, which the normalisation removes.
/// let mut dx = [1.0; 2];
/// rms_norm_backward(&Team::serial(), &[1.0, 1.0], &[5.0, 5.0], &[1.0, 1.0], &[1.0], &mut dx);
/// assert_eq!(dx, [0.0, 0.0]);
/// ```
pub fn rms_norm_backward(team: &Team, x: &[f32], dy: &[f32], gamma: &[f32], scale: &[f32], dx: &mut [f32]) {
    let cols = gamma.len();
    let count = rows("rms_norm_backward", x.len(), cols);
    same("rms_norm_backward: x and dy", x.len(), dy.len());
    same("rms_norm_backward: x and dx", x.len(), dx.len());
    same("rms_norm_backward: rows and scales", count, scale.len());
    let (isa, step) = (Isa::current(), rows_per_task(cols, 2));
    team.chunks_mut(dx, step * cols.max(1), |task, dx| {
        let (row, rows) = (task * step, dx.len() / cols);
        let range = row * cols..row * cols + dx.len();
        let (x, dy, scale) = (&x[range.clone()], &dy[range], &scale[row..row + rows]);
        vectorize(isa, Backward { x, dy, gamma, scale, dx });
    });
}

#[derive(Clone, Copy)]
struct ParameterGradient<'a> {
    x: &'a [f32],
    dy: &'a [f32],
    scale: &'a [f32],
}

impl Summand for ParameterGradient<'_> {
    const TWO: bool = false;
    #[inline(always)]
    unsafe fn add<S: Lanes>(&self, [sum, other]: [Floats<S>; 2], at: At<S>) -> [Floats<S>; 2] {
        // SAFETY: inside by contract.
        unsafe {
            let (x, dy) = (at.element(self.x), at.element(self.dy));
            let r = *self.scale.get_unchecked(at.row);
            [dy.mul_add(x * r, sum), other]
        }
    }
}

/// The parameter gradient of [`rms_norm`]: `dγ = Σ dy · x̂` over the rows, added to what is there if `accumulate`.
pub fn rms_norm_backward_parameters(
    team: &Team,
    x: &[f32],
    dy: &[f32],
    scale: &[f32],
    dgamma: &mut [f32],
    accumulate: bool,
) {
    let cols = dgamma.len();
    let count = rows("rms_norm_backward_parameters", x.len(), cols);
    same("rms_norm_backward_parameters: x and dy", x.len(), dy.len());
    same("rms_norm_backward_parameters: rows and scales", count, scale.len());
    // SAFETY: the lengths were checked.
    unsafe { sum_rows(team, count, cols, ParameterGradient { x, dy, scale }, dgamma, &mut [], accumulate) }
}
