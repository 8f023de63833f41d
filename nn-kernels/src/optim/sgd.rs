//! Stochastic gradient descent with momentum.

use super::{CHUNK_SUMS, check};
use crate::Team;
use crate::lanes::{Elementwise, Floats, Lanes, sweep};

/// One step of [`sgd`].
#[derive(Clone, Copy, Debug)]
pub struct SgdStep {
    /// Learning rate.
    pub lr: f32,
    /// Factor of the running sum of gradients.
    pub momentum: f32,
    /// `1 − dampening` is the factor of the new gradient in that sum.
    pub dampening: f32,
    /// Whether to look ahead: use `gradient + momentum · sum` (Nesterov; Sutskever et al., 2013).
    pub nesterov: bool,
    /// Added to the gradient as `weight_decay · param`.
    pub weight_decay: f32,
    /// Whether the sum is empty: the first gradient enters it undamped, as in PyTorch.
    pub first: bool,
    /// Factor of every gradient.
    pub grad_scale: f32,
}

#[derive(Clone, Copy)]
struct Momentum(SgdStep);

impl Elementwise<2, 1> for Momentum {
    #[inline(always)]
    fn update<S: Lanes>(self, [p, sum]: [Floats<S>; 2], [g]: [Floats<S>; 1]) -> [Floats<S>; 2] {
        let s = self.0;
        let (keep, new) = if s.first { (0.0, 1.0) } else { (s.momentum, 1.0 - s.dampening) };
        let g = p.mul_add(s.weight_decay, g * s.grad_scale);
        let sum = sum.mul_add(keep, g * new).or_zero();
        let update = if s.nesterov { sum.mul_add(s.momentum, g) } else { sum };
        [update.mul_add(-s.lr, p), sum]
    }
}

#[derive(Clone, Copy)]
struct Simple(SgdStep);

impl Elementwise<1, 1> for Simple {
    #[inline(always)]
    fn update<S: Lanes>(self, [p]: [Floats<S>; 1], [g]: [Floats<S>; 1]) -> [Floats<S>; 1] {
        let s = self.0;
        [p.mul_add(s.weight_decay, g * s.grad_scale).mul_add(-s.lr, p)]
    }
}

/// Stochastic gradient descent.
///
/// ```text
/// g = grad_scale · grad + weight_decay · param
/// sum = momentum · sum + (1 − dampening) · g        (sum = g in the first step)
/// param −= lr · (g + momentum · sum  if nesterov,  else sum)
/// ```
///
/// `sum` is the state, one value a parameter; with `None` there is no momentum. PyTorch: `optim.SGD`.
///
/// # Panics
///
/// When the lengths differ.
///
/// ```
/// use nn_kernels::{SgdStep, Team, sgd};
///
/// let step = SgdStep {
///     lr: 0.125, momentum: 0.0, dampening: 0.0, nesterov: false, weight_decay: 0.0, first: true, grad_scale: 1.0,
/// };
/// let mut param = [1.0, 2.0];
/// sgd(&Team::serial(), &mut param, &[8.0, -8.0], None, step);
/// assert_eq!(param, [0.0, 3.0]);
/// ```
pub fn sgd(team: &Team, param: &mut [f32], grad: &[f32], sum: Option<&mut [f32]>, step: SgdStep) {
    check("sgd", param, grad, &[sum.as_deref()]);
    match sum {
        Some(sum) => sweep(team, CHUNK_SUMS, [param, sum], [grad], Momentum(step)),
        None => sweep(team, CHUNK_SUMS, [param], [grad], Simple(step)),
    }
}
