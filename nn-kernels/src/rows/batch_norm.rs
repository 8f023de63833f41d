//! Batch normalisation, channels last: a row is one position of one sample, a column is a channel.

use super::columns::{At, Summand, sum_rows};
use super::moments::moments;
use super::softmax::along;
use super::{rows, rows_per_task, same};
use crate::Team;
use crate::lanes::{Floats, Kernel, Lanes, vectorize};
use crate::path::Isa;
use crate::scratch::with_scratch;

/// `dy · x̂` and `dy`; behind a ReLU, dy only where its input was positive.
#[derive(Clone, Copy)]
struct ParameterGradients<'a, const RELU: bool> {
    x: &'a [f32],
    dy: &'a [f32],
    mean: &'a [f32],
    rstd: &'a [f32],
    factor: &'a [f32],
    beta: &'a [f32],
}

impl<const RELU: bool> Summand for ParameterGradients<'_, RELU> {
    const TWO: bool = true;
    #[inline(always)]
    unsafe fn add<S: Lanes>(&self, [products, plain]: [Floats<S>; 2], at: At<S>) -> [Floats<S>; 2] {
        // SAFETY: inside by contract.
        unsafe {
            let (apart, mut dy) = (at.element(self.x) - at.column(self.mean), at.element(self.dy));
            if RELU {
                let z = apart.mul_add(at.column(self.factor), at.column(self.beta));
                dy = z.greater(0.0).of(dy, 0.0);
            }
            [dy.mul_add(apart * at.column(self.rstd), products), plain + dy]
        }
    }
}

/// `y = (x − shift) · factor + offset`, each a row of values; then the larger of that and 0 if `RELU`.
pub(super) struct Affine<'a, const RELU: bool> {
    pub x: &'a [f32],
    pub shift: &'a [f32],
    pub factor: &'a [f32],
    pub offset: &'a [f32],
    pub y: &'a mut [f32],
}

impl<const RELU: bool> Kernel for Affine<'_, RELU> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self { x, shift, factor, offset, y } = self;
        let len = factor.len();
        assert!(shift.len() == len && offset.len() == len);
        let (shift, factor, offset) = (shift.as_ptr(), factor.as_ptr(), offset.as_ptr());
        for (x, y) in x.chunks_exact(len).zip(y.chunks_exact_mut(len)) {
            let (x, y) = (x.as_ptr(), y.as_mut_ptr());
            // SAFETY: rows of `len` elements.
            unsafe {
                along!(s, len, y, x = x, shift = shift, factor = factor, offset = offset => {
                    let z = (x - shift).mul_add(factor, offset);
                    if RELU { z.at_least(0.0) } else { z }
                });
            }
        }
    }
}

fn affine(team: &Team, x: &[f32], shift: &[f32], factor: &[f32], offset: &[f32], relu: bool, y: &mut [f32]) {
    let (isa, cols) = (Isa::current(), factor.len());
    let chunk = rows_per_task(cols, 1) * cols.max(1);
    team.chunks_mut(y, chunk, |task, y| {
        let x = &x[task * chunk..][..y.len()];
        match relu {
            true => vectorize(isa, Affine::<true> { x, shift, factor, offset, y }),
            false => vectorize(isa, Affine::<false> { x, shift, factor, offset, y }),
        }
    });
}

/// `1 / √(variance + eps)`
fn reciprocal_root(variance: f32, eps: f32) -> f32 {
    1.0 / (variance + eps).sqrt()
}

/// Batch normalisation in training: `y = (x − mean) · rstd · γ + β` with mean and variance of each column over the rows, and
/// `rstd = 1 / √(variance + eps)`. (Ioffe and Szegedy, 2015)
///
/// With `relu`, the larger of that and 0. Keeps `mean` and `rstd` for the backward pass, and gives the biased `variance` (divided by the number of rows), from which
/// [`batch_norm_update_running`] computes running statistics. γ and β have as many elements as there are columns.
///
/// # Panics
///
/// When the lengths do not fit, as in all functions here.
///
/// ```
/// use nn_kernels::{Team, batch_norm};
///
/// let (x, mut y) = ([1.0, 5.0, 3.0, 5.0], [0.0; 4]);
/// let (mut mean, mut rstd, mut variance) = ([0.0; 2], [0.0; 2], [0.0; 2]);
/// batch_norm(&Team::serial(), &x, &[1.0, 1.0], &[0.0, 0.5], 1e-12, false, &mut y, &mut mean, &mut rstd, &mut variance);
/// assert_eq!((mean, variance), ([2.0, 5.0], [1.0, 0.0]));
/// assert_eq!(y, [-1.0, 0.5, 1.0, 0.5]);
/// ```
#[allow(clippy::too_many_arguments)]
pub fn batch_norm(
    team: &Team,
    x: &[f32],
    gamma: &[f32],
    beta: &[f32],
    eps: f32,
    relu: bool,
    y: &mut [f32],
    mean: &mut [f32],
    rstd: &mut [f32],
    variance: &mut [f32],
) {
    let cols = gamma.len();
    rows("batch_norm", x.len(), cols);
    same("batch_norm: x and y", x.len(), y.len());
    for (what, len) in [("β", beta.len()), ("mean", mean.len()), ("rstd", rstd.len()), ("variance", variance.len())] {
        assert_eq!(cols, len, "batch_norm: {cols} values in γ, but {len} in {what}");
    }
    moments(team, x, mean, variance);
    with_scratch(cols, |factor| {
        for (((rstd, variance), factor), gamma) in rstd.iter_mut().zip(variance).zip(&mut *factor).zip(gamma) {
            *rstd = reciprocal_root(*variance, eps);
            *factor = *rstd * gamma;
        }
        affine(team, x, mean, factor, beta, relu, y);
    });
}

/// Batch normalisation in evaluation: as [`batch_norm`], with given mean and variance.
#[allow(clippy::too_many_arguments)]
pub fn batch_norm_eval(
    team: &Team,
    x: &[f32],
    gamma: &[f32],
    beta: &[f32],
    mean: &[f32],
    variance: &[f32],
    eps: f32,
    relu: bool,
    y: &mut [f32],
) {
    let cols = gamma.len();
    rows("batch_norm_eval", x.len(), cols);
    same("batch_norm_eval: x and y", x.len(), y.len());
    for (what, len) in [("β", beta.len()), ("mean", mean.len()), ("variance", variance.len())] {
        assert_eq!(cols, len, "batch_norm_eval: {cols} values in γ, but {len} in {what}");
    }
    with_scratch(cols, |factor| {
        for ((factor, gamma), &variance) in factor.iter_mut().zip(gamma).zip(variance) {
            *factor = gamma * reciprocal_root(variance, eps);
        }
        affine(team, x, mean, factor, beta, relu, y);
    });
}

/// Moves running statistics towards those of a batch of `rows` rows, as PyTorch does:
/// `running = (1 − momentum) · running + momentum · batch`, with the unbiased variance `variance · rows / (rows − 1)`.
///
/// ```
/// use nn_kernels::batch_norm_update_running;
///
/// let (mut mean, mut variance) = ([0.0], [1.0]);
/// batch_norm_update_running(&mut mean, &mut variance, &[2.0], &[3.0], 4, 0.5);
/// assert_eq!((mean, variance), ([1.0], [2.5]));
/// ```
pub fn batch_norm_update_running(
    running_mean: &mut [f32],
    running_variance: &mut [f32],
    mean: &[f32],
    variance: &[f32],
    rows: usize,
    momentum: f32,
) {
    let unbiased = rows as f32 / (rows as f32 - 1.0).max(1.0);
    for (running, mean) in running_mean.iter_mut().zip(mean) {
        *running += momentum * (mean - *running);
    }
    for (running, variance) in running_variance.iter_mut().zip(variance) {
        *running += momentum * (variance * unbiased - *running);
    }
}

/// `dx = factor · (dy − average − (x − mean) · slope)`, each a row of values.
struct InputGradient<'a, const RELU: bool> {
    x: &'a [f32],
    dy: &'a [f32],
    beta: &'a [f32],
    mean: &'a [f32],
    factor: &'a [f32],
    average: &'a [f32],
    slope: &'a [f32],
    dx: &'a mut [f32],
}

impl<const RELU: bool> Kernel for InputGradient<'_, RELU> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self { x, dy, beta, mean, factor, average, slope, dx } = self;
        let len = factor.len();
        assert!(beta.len() == len && mean.len() == len && average.len() == len && slope.len() == len);
        let (mean, factor, average, slope) = (mean.as_ptr(), factor.as_ptr(), average.as_ptr(), slope.as_ptr());
        let beta = beta.as_ptr();
        for ((x, dy), dx) in x.chunks_exact(len).zip(dy.chunks_exact(len)).zip(dx.chunks_exact_mut(len)) {
            let (x, dy, dx) = (x.as_ptr(), dy.as_ptr(), dx.as_mut_ptr());
            // SAFETY: rows of `len` elements.
            unsafe {
                along!(s, len, dx,
                    x = x, dy = dy, mean = mean, factor = factor, average = average, slope = slope, beta = beta =>
                {
                    // The same arithmetic as in `Affine`, so that it is 0 where that was.
                    let z = (x - mean).mul_add(factor, beta);
                    let dy = if RELU { z.greater(0.0).of(dy, 0.0) } else { dy };
                    (mean - x).mul_add(slope, dy - average) * factor
                });
            }
        }
    }
}

/// What [`batch_norm_backward`] works from.
#[derive(Clone, Copy, Debug)]
pub struct BatchNormSaved<'a> {
    /// The input of the forward pass.
    pub x: &'a [f32],
    /// The scale γ.
    pub gamma: &'a [f32],
    /// The mean that the forward pass subtracted.
    pub mean: &'a [f32],
    /// The factor `1 / √(variance + eps)` that it used.
    pub rstd: &'a [f32],
    /// Whether mean and variance were given (evaluation, frozen) instead of computed from x: then no gradient flows
    /// through them.
    pub frozen: bool,
    /// The shift β, where a ReLU followed: dy is then the gradient behind it.
    pub relu: Option<&'a [f32]>,
}

/// The gradients of [`batch_norm`]. With `x̂ = (x − mean) · rstd` and sums over the n rows:
///
/// ```text
/// dγ = Σ dy · x̂        dβ = Σ dy                     added to what is there if `accumulate`
/// dx = γ · rstd · (dy − dβ / n − x̂ · dγ / n)         frozen: dx = γ · rstd · dy
/// ```
///
/// `dx` may be absent, and so may `(dγ, dβ)`, or one of the two: it has no elements then.
///
/// ```
/// use nn_kernels::{BatchNormSaved, Team, batch_norm_backward};
///
/// let saved = BatchNormSaved { x: &[1.0, 3.0], gamma: &[2.0], mean: &[2.0], rstd: &[1.0], frozen: false, relu: None };
/// let (mut dx, mut dgamma, mut dbeta) = ([0.0; 2], [0.0], [0.0]);
/// batch_norm_backward(&Team::serial(), saved, &[5.0, 5.0], Some(&mut dx), Some((&mut dgamma, &mut dbeta)), false);
/// assert_eq!((dx, dgamma, dbeta), ([0.0, 0.0], [0.0], [10.0]));
/// ```
pub fn batch_norm_backward(
    team: &Team,
    saved: BatchNormSaved<'_>,
    dy: &[f32],
    dx: Option<&mut [f32]>,
    parameters: Option<(&mut [f32], &mut [f32])>,
    accumulate: bool,
) {
    let BatchNormSaved { x, gamma, mean, rstd, frozen, relu } = saved;
    let cols = gamma.len();
    let count = rows("batch_norm_backward", x.len(), cols);
    same("batch_norm_backward: x and dy", x.len(), dy.len());
    same("batch_norm_backward: γ and mean", cols, mean.len());
    same("batch_norm_backward: γ and rstd", cols, rstd.len());
    let beta = relu.unwrap_or(gamma);
    same("batch_norm_backward: γ and β", cols, beta.len());
    with_scratch(5 * cols, |scratch| {
        let (sums, scratch) = scratch.split_at_mut(2 * cols);
        let (dgamma, dbeta) = sums.split_at_mut(cols);
        let (factor, scratch) = scratch.split_at_mut(cols);
        factor.iter_mut().zip(gamma).zip(rstd).for_each(|((factor, gamma), rstd)| *factor = gamma * rstd);
        let factor = &*factor;
        if parameters.is_some() || (dx.is_some() && !frozen) {
            // SAFETY: the lengths were checked.
            unsafe {
                if relu.is_some() {
                    let summand = ParameterGradients::<true> { x, dy, mean, rstd, factor, beta };
                    sum_rows(team, count, cols, summand, dgamma, dbeta, false);
                } else {
                    let summand = ParameterGradients::<false> { x, dy, mean, rstd, factor, beta };
                    sum_rows(team, count, cols, summand, dgamma, dbeta, false);
                }
            }
        }
        if let Some((to_gamma, to_beta)) = parameters {
            for (to, sum) in [(to_gamma, &*dgamma), (to_beta, &*dbeta)] {
                if to.is_empty() {
                    continue;
                }
                same("batch_norm_backward: γ and its gradient", cols, to.len());
                to.iter_mut().zip(sum).for_each(|(to, sum)| *to = if accumulate { *to + sum } else { *sum });
            }
        }
        let Some(dx) = dx else { return };
        same("batch_norm_backward: x and dx", x.len(), dx.len());
        let (average, slope) = scratch.split_at_mut(cols);
        let share = if frozen { 0.0 } else { 1.0 / count.max(1) as f32 };
        for j in 0..cols {
            (average[j], slope[j]) = if frozen { (0.0, 0.0) } else { (dbeta[j] * share, dgamma[j] * share * rstd[j]) };
        }
        let (isa, chunk) = (Isa::current(), rows_per_task(cols, 1) * cols.max(1));
        let (average, slope) = (&*average, &*slope);
        team.chunks_mut(dx, chunk, |task, dx| {
            let range = task * chunk..task * chunk + dx.len();
            let (x, dy) = (&x[range.clone()], &dy[range]);
            match relu.is_some() {
                true => vectorize(isa, InputGradient::<true> { x, dy, beta, mean, factor, average, slope, dx }),
                false => vectorize(isa, InputGradient::<false> { x, dy, beta, mean, factor, average, slope, dx }),
            }
        });
    });
}
