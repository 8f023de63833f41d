//! Lion: the sign of a mean of gradients.

use super::{CHUNK_SUMS, Decay, check};
use crate::Team;
use crate::lanes::{Elementwise, Floats, Lanes, sweep};

/// One step of [`lion`].
#[derive(Clone, Copy, Debug)]
pub struct LionStep {
    /// Learning rate (the paper's default is 1e-4: a tenth to a third of Adam's).
    pub lr: f32,
    /// Weight of the mean in the update (0.9).
    pub beta1: f64,
    /// How long the mean remembers (0.99).
    pub beta2: f64,
    /// Weight decay, decoupled.
    pub weight_decay: f32,
    /// Factor of every gradient.
    pub grad_scale: f32,
}

#[derive(Clone, Copy)]
struct Lion {
    step: LionStep,
    direction: Decay,
    mean: Decay,
}

impl Elementwise<2, 1> for Lion {
    #[inline(always)]
    fn update<S: Lanes>(self, [p, m]: [Floats<S>; 2], [g]: [Floats<S>; 1]) -> [Floats<S>; 2] {
        let s = self.step;
        let g = g * s.grad_scale;
        let direction = self.direction.mix(m, g);
        // The sign: 0 for 0 and NaN for NaN.
        let sign = direction.less(0.0).of(-1.0, direction.greater(0.0).of(1.0, direction));
        let m = self.mean.mean(m, g);
        [sign.mul_add(-s.lr, p * (1.0 - s.lr * s.weight_decay)), m]
    }
}

/// Lion (Chen et al., "Symbolic Discovery of Optimization Algorithms", 2023).
///
/// ```text
/// g = grad_scale · grad
/// param −= lr · (sign(β₁ · m + (1 − β₁) · g) + weight_decay · param)
/// m = β₂ · m + (1 − β₂) · g
/// ```
///
/// # Panics
///
/// When the lengths differ.
///
/// ```
/// use nn_kernels::{LionStep, Team, lion};
///
/// let (mut param, mut m) = ([1.0, 1.0, 1.0], [0.0; 3]);
/// let step = LionStep { lr: 0.25, beta1: 0.9, beta2: 0.99, weight_decay: 0.0, grad_scale: 1.0 };
/// lion(&Team::serial(), &mut param, &[5.0, -0.1, 0.0], &mut m, step);
/// assert_eq!(param, [0.75, 1.25, 1.0]);
/// ```
pub fn lion(team: &Team, param: &mut [f32], grad: &[f32], m: &mut [f32], step: LionStep) {
    check("lion", param, grad, &[Some(m)]);
    sweep(
        team,
        CHUNK_SUMS,
        [param, m],
        [grad],
        Lion { step, direction: Decay::of(step.beta1), mean: Decay::of(step.beta2) },
    );
}
