//! The gradients of batch normalisation.

use super::super::columns::{At, Summand, sum_rows};
use super::super::softmax::along;
use super::super::{rows, rows_per_task, same};
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

/// `dx = factor · (dy − average − (x − mean) · slope)`, each a row of values; `factor · dy` if `FROZEN`, where x may be infinite.
struct InputGradient<'a, const RELU: bool, const FROZEN: bool> {
    x: &'a [f32],
    dy: &'a [f32],
    beta: &'a [f32],
    mean: &'a [f32],
    factor: &'a [f32],
    average: &'a [f32],
    slope: &'a [f32],
    dx: &'a mut [f32],
}

impl<const RELU: bool, const FROZEN: bool> Kernel for InputGradient<'_, RELU, FROZEN> {
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
                    if FROZEN { dy * factor } else { (mean - x).mul_add(slope, dy - average) * factor }
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

/// The gradients of [`batch_norm`](super::batch_norm). With `x̂ = (x − mean) · rstd` and sums over the n rows:
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
        let share = 1.0 / count.max(1) as f32;
        if !frozen {
            for j in 0..cols {
                (average[j], slope[j]) = (dbeta[j] * share, dgamma[j] * share * rstd[j]);
            }
        }
        let (isa, chunk) = (Isa::current(), rows_per_task(cols, 1) * cols.max(1));
        let (average, slope) = (&*average, &*slope);
        team.chunks_mut(dx, chunk, |task, dx| {
            let range = task * chunk..task * chunk + dx.len();
            let (x, dy) = (&x[range.clone()], &dy[range]);
            macro_rules! gradient {
                ($relu:literal, $frozen:literal) => {
                    vectorize(isa, InputGradient::<$relu, $frozen> { x, dy, beta, mean, factor, average, slope, dx })
                };
            }
            match (relu.is_some(), frozen) {
                (true, true) => gradient!(true, true),
                (true, false) => gradient!(true, false),
                (false, true) => gradient!(false, true),
                (false, false) => gradient!(false, false),
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Path, with_path};

    #[test]
    fn what_is_frozen_does_not_look_at_x() {
        let (x, dy) = ([f32::INFINITY, 1.0, f32::NAN, -1.0], [1.0, 2.0, 3.0, 4.0]);
        for path in Path::ALL.into_iter().filter(|path| path.is_available()) {
            let saved = BatchNormSaved { x: &x, gamma: &[2.0], mean: &[0.0], rstd: &[3.0], frozen: true, relu: None };
            let rectified = BatchNormSaved { relu: Some(&[0.0]), ..saved };
            for (saved, expected) in [(saved, [6.0, 12.0, 18.0, 24.0]), (rectified, [6.0, 12.0, 0.0, 0.0])] {
                let mut dx = [9.0; 4];
                with_path(path, || batch_norm_backward(&Team::serial(), saved, &dy, Some(&mut dx), None, false))
                    .unwrap();
                assert_eq!(dx, expected, "{path}");
            }
        }
    }
}
