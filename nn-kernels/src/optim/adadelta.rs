//! Adadelta.

use super::{CHUNK, Decay, check};
use crate::Team;
use crate::lanes::{Elementwise, Floats, Lanes, sweep};

/// One step of [`adadelta`].
#[derive(Clone, Copy, Debug)]
pub struct AdadeltaStep {
    /// Learning rate (PyTorch's default is 1).
    pub lr: f32,
    /// How long the means remember (0.9).
    pub rho: f64,
    /// Added under the roots (1e-6).
    pub eps: f32,
    /// Added to the gradient as `weight_decay · param`.
    pub weight_decay: f32,
    /// Factor of every gradient.
    pub grad_scale: f32,
}

#[derive(Clone, Copy)]
struct Adadelta(AdadeltaStep, Decay);

impl Elementwise<3, 1> for Adadelta {
    #[inline(always)]
    fn update<S: Lanes>(self, [p, squares, updates]: [Floats<S>; 3], [g]: [Floats<S>; 1]) -> [Floats<S>; 3] {
        let Self(s, decay) = self;
        let g = p.mul_add(s.weight_decay, g * s.grad_scale);
        let squares = decay.mean(squares, g * g);
        let update = (updates + s.eps).sqrt() / (squares + s.eps).sqrt() * g;
        let updates = decay.mean(updates, update * update);
        [update.mul_add(-s.lr, p), squares, updates]
    }
}

/// Adadelta (Zeiler, 2012).
///
/// ```text
/// g = grad_scale · grad + weight_decay · param
/// squares = ρ · squares + (1 − ρ) · g²
/// update = √(updates + eps) / √(squares + eps) · g
/// updates = ρ · updates + (1 − ρ) · update²
/// param −= lr · update
/// ```
///
/// PyTorch: `optim.Adadelta`.
///
/// # Panics
///
/// When the lengths differ.
///
/// ```
/// use nn_kernels::{AdadeltaStep, Team, adadelta};
///
/// let (mut param, mut squares, mut updates) = ([1.0], [0.0], [0.0]);
/// let step = AdadeltaStep { lr: 1.0, rho: 0.9, eps: 1e-6, weight_decay: 0.0, grad_scale: 1.0 };
/// adadelta(&Team::serial(), &mut param, &[4.0], &mut squares, &mut updates, step);
/// assert!((param[0] - 0.996_838).abs() < 1e-5);
/// ```
pub fn adadelta(
    team: &Team,
    param: &mut [f32],
    grad: &[f32],
    squares: &mut [f32],
    updates: &mut [f32],
    step: AdadeltaStep,
) {
    check("adadelta", param, grad, &[Some(squares), Some(updates)]);
    sweep(team, CHUNK, [param, squares, updates], [grad], Adadelta(step, Decay::of(step.rho)));
}
