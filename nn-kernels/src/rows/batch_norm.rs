//! Batch normalisation, channels last: a row is one position of one sample, a column is a channel.

mod backward;

pub use backward::{BatchNormSaved, batch_norm_backward};

use super::moments::moments;
use super::softmax::along;
use super::{rows, rows_per_task, same};
use crate::Team;
use crate::lanes::{Kernel, Lanes, vectorize};
use crate::path::Isa;
use crate::scratch::with_scratch;

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
/// # Panics
///
/// When the lengths differ.
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
    for (what, len) in
        [("running variance", running_variance.len()), ("mean", mean.len()), ("variance", variance.len())]
    {
        let cols = running_mean.len();
        assert_eq!(cols, len, "batch_norm_update_running: {cols} running means, but {len} values of {what}");
    }
    let unbiased = rows as f32 / (rows as f32 - 1.0).max(1.0);
    // With all of the momentum nothing is left of what was there, not even its rounding.
    let mix = |old: f32, new: f32| if momentum == 1.0 { new } else { old + momentum * (new - old) };
    for (running, mean) in running_mean.iter_mut().zip(mean) {
        *running = mix(*running, *mean);
    }
    for (running, variance) in running_variance.iter_mut().zip(variance) {
        *running = mix(*running, variance * unbiased);
    }
}

#[cfg(test)]
mod tests {
    use super::batch_norm_update_running;

    #[test]
    fn nothing_is_left_with_all_of_the_momentum() {
        let (mut mean, mut variance) = ([1e9, 0.3], [1e9, 0.7]);
        batch_norm_update_running(&mut mean, &mut variance, &[0.1, 0.2], &[0.5, 0.6], 2, 1.0);
        assert_eq!((mean, variance), ([0.1, 0.2], [1.0, 1.2]));
    }

    #[test]
    #[should_panic(expected = "2 running means, but 1 values of mean")]
    fn every_running_mean_has_a_mean() {
        batch_norm_update_running(&mut [0.0; 2], &mut [1.0; 2], &[2.0], &[3.0], 4, 0.5);
    }
}
