//! RMSprop.

use super::{CHUNK, Decay, check};
use crate::Team;
use crate::lanes::{Elementwise, Floats, Lanes, sweep};

/// One step of [`rmsprop`].
#[derive(Clone, Copy, Debug)]
pub struct RmspropStep {
    /// Learning rate.
    pub lr: f32,
    /// How long the mean of the squares remembers (PyTorch's default is 0.99).
    pub alpha: f64,
    /// Added to the denominator (1e-8).
    pub eps: f32,
    /// Factor of the running sum of updates; used with `sum` only.
    pub momentum: f32,
    /// Added to the gradient as `weight_decay · param`.
    pub weight_decay: f32,
    /// Factor of every gradient.
    pub grad_scale: f32,
}

#[derive(Clone, Copy)]
struct Rmsprop<const CENTERED: bool, const MOMENTUM: bool>(RmspropStep, Decay);

/// `N` counts the slices that are written: parameter, squares, then the mean, then the sum.
impl<const N: usize, const CENTERED: bool, const MOMENTUM: bool> Elementwise<N, 1> for Rmsprop<CENTERED, MOMENTUM> {
    #[inline(always)]
    fn update<S: Lanes>(self, mut data: [Floats<S>; N], [g]: [Floats<S>; 1]) -> [Floats<S>; N] {
        let Self(s, decay) = self;
        let g = data[0].mul_add(s.weight_decay, g * s.grad_scale);
        data[1] = decay.mean(data[1], g * g);
        let mut variance = data[1];
        if CENTERED {
            data[2] = decay.mean(data[2], g);
            // Rounding may push it below 0.
            variance = (-data[2]).mul_add(data[2], variance).at_least(0.0);
        }
        let mut update = g / (variance.sqrt() + s.eps);
        if MOMENTUM {
            update = data[N - 1].mul_add(s.momentum, update).or_zero();
            data[N - 1] = update;
        }
        data[0] = update.mul_add(-s.lr, data[0]);
        data
    }
}

/// RMSprop (Tieleman and Hinton, 2012).
///
/// ```text
/// g = grad_scale · grad + weight_decay · param
/// squares = α · squares + (1 − α) · g²
/// mean = α · mean + (1 − α) · g                     (centered: variance = squares − mean², else variance = squares)
/// update = g / (√variance + eps)
/// sum = momentum · sum + update                     (with momentum: the update is sum)
/// param −= lr · update
/// ```
///
/// With `mean` the variant is the centered one (Graves, 2013), with `sum` there is momentum. PyTorch: `optim.RMSprop`.
///
/// # Panics
///
/// When the lengths differ.
///
/// ```
/// use nn_kernels::{RmspropStep, Team, rmsprop};
///
/// let (mut param, mut squares) = ([1.0], [0.0]);
/// let step = RmspropStep { lr: 0.01, alpha: 0.99, eps: 1e-8, momentum: 0.0, weight_decay: 0.0, grad_scale: 1.0 };
/// rmsprop(&Team::serial(), &mut param, &[3.0], &mut squares, None, None, step);
/// assert!((param[0] - 0.9).abs() < 1e-5);
/// ```
pub fn rmsprop(
    team: &Team,
    param: &mut [f32],
    grad: &[f32],
    squares: &mut [f32],
    mean: Option<&mut [f32]>,
    sum: Option<&mut [f32]>,
    step: RmspropStep,
) {
    check("rmsprop", param, grad, &[Some(squares), mean.as_deref(), sum.as_deref()]);
    let decay = Decay::of(step.alpha);
    match (mean, sum) {
        (None, None) => sweep(team, CHUNK, [param, squares], [grad], Rmsprop::<false, false>(step, decay)),
        (Some(mean), None) => sweep(team, CHUNK, [param, squares, mean], [grad], Rmsprop::<true, false>(step, decay)),
        (None, Some(sum)) => sweep(team, CHUNK, [param, squares, sum], [grad], Rmsprop::<false, true>(step, decay)),
        (Some(mean), Some(sum)) => {
            sweep(team, CHUNK, [param, squares, mean, sum], [grad], Rmsprop::<true, true>(step, decay));
        }
    }
}
