//! Adamax: Adam with the largest gradient instead of the mean of squares.

use super::{CHUNK, Decay, bias_correction, check};
use crate::Team;
use crate::lanes::{Elementwise, Floats, Lanes, sweep};

/// One step of [`adamax`].
#[derive(Clone, Copy, Debug)]
pub struct AdamaxStep {
    /// Learning rate (PyTorch's default is 0.002).
    pub lr: f32,
    /// How long the mean of the gradients remembers (0.9).
    pub beta1: f64,
    /// How long the largest gradient remembers (0.999).
    pub beta2: f64,
    /// Added to the size of a gradient (1e-8).
    pub eps: f32,
    /// Added to the gradient as `weight_decay · param`.
    pub weight_decay: f32,
    /// Number of this step, from 1.
    pub step: u64,
    /// Factor of every gradient.
    pub grad_scale: f32,
}

#[derive(Clone, Copy)]
struct Adamax {
    step: AdamaxStep,
    mean: Decay,
    /// How much of the largest gradient stays.
    stays: f32,
}

impl Elementwise<3, 1> for Adamax {
    #[inline(always)]
    fn update<S: Lanes>(self, [p, m, largest]: [Floats<S>; 3], [g]: [Floats<S>; 1]) -> [Floats<S>; 3] {
        let Self { step: s, mean, stays } = self;
        let g = p.mul_add(s.weight_decay, g * s.grad_scale);
        let m = mean.mean(m, g);
        let largest = (g.abs() + s.eps).at_least(largest * stays);
        [(m / largest).mul_add(-s.lr, p), m, largest]
    }
}

/// Adamax (Kingma and Ba, 2015, section 7).
///
/// ```text
/// g = grad_scale · grad + weight_decay · param
/// m = β₁ · m + (1 − β₁) · g
/// largest = max(β₂ · largest, |g| + eps)
/// param −= lr / (1 − β₁ᵗ) · m / largest
/// ```
///
/// PyTorch: `optim.Adamax`.
///
/// # Panics
///
/// When the lengths differ, or the step is number 0.
///
/// ```
/// use nn_kernels::{AdamaxStep, Team, adamax};
///
/// let (mut param, mut m, mut largest) = ([1.0], [0.0], [0.0]);
/// let step = AdamaxStep { lr: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0, step: 1, grad_scale: 1.0 };
/// adamax(&Team::serial(), &mut param, &[5.0], &mut m, &mut largest, step);
/// assert!((param[0] - 0.9).abs() < 1e-6);
/// ```
pub fn adamax(team: &Team, param: &mut [f32], grad: &[f32], m: &mut [f32], largest: &mut [f32], step: AdamaxStep) {
    check("adamax", param, grad, &[Some(m), Some(largest)]);
    let lr = (f64::from(step.lr) / bias_correction(step.beta1, step.step)) as f32;
    sweep(
        team,
        CHUNK,
        [param, m, largest],
        [grad],
        Adamax { step: AdamaxStep { lr, ..step }, mean: Decay::of(step.beta1), stays: step.beta2 as f32 },
    );
}
