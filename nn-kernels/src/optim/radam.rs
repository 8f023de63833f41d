//! RAdam: Adam with a rectified start.

use super::{CHUNK, Decay, bias_correction, check};
use crate::Team;
use crate::lanes::{Elementwise, Floats, Lanes, sweep};

/// One step of [`radam`].
#[derive(Clone, Copy, Debug)]
pub struct RadamStep {
    /// Learning rate.
    pub lr: f32,
    /// How long the mean of the gradients remembers (PyTorch's default is 0.9).
    pub beta1: f64,
    /// How long the mean of their squares remembers (0.999).
    pub beta2: f64,
    /// Added to the denominator (1e-8).
    pub eps: f32,
    /// Weight decay.
    pub weight_decay: f32,
    /// Whether the decay is applied to the parameter itself instead of added to the gradient.
    pub decoupled: bool,
    /// Number of this step, from 1.
    pub step: u64,
    /// Factor of every gradient.
    pub grad_scale: f32,
}

impl RadamStep {
    /// `r · √(1 − β₂ᵗ)`, or `None` while the variance of the adaptive rate is out of hand (ρ ≤ 5).
    fn rectification(&self) -> Option<f64> {
        let (t, beta2) = (self.step as f64, self.beta2);
        let correction = bias_correction(self.beta2, self.step);
        let limit = 2.0 / (1.0 - beta2) - 1.0;
        let rho = limit - 2.0 * t * beta2.powf(t) / correction;
        let r = ((rho - 4.0) * (rho - 2.0) * limit / ((limit - 4.0) * (limit - 2.0) * rho)).sqrt();
        (rho > 5.0).then_some(r * correction.sqrt())
    }
}

#[derive(Clone, Copy)]
struct Constants {
    step: RadamStep,
    mean_of_gradients: Decay,
    squares: Decay,
    coupled: f32,
    shrink: f32,
    rate: f32,
    adaptive: bool,
}

#[derive(Clone, Copy)]
struct Radam(Constants);

impl Elementwise<3, 1> for Radam {
    #[inline(always)]
    fn update<S: Lanes>(self, [p, m, v]: [Floats<S>; 3], [g]: [Floats<S>; 1]) -> [Floats<S>; 3] {
        let Self(c @ Constants { step: s, .. }) = self;
        let g = p.mul_add(c.coupled, g * s.grad_scale);
        let m = c.mean_of_gradients.mean(m, g);
        let v = c.squares.mean(v, g * g);
        let update = if c.adaptive { m / (v.sqrt() + s.eps) } else { m };
        [update.mul_add(-c.rate, p * c.shrink), m, v]
    }
}

/// RAdam (Liu et al., 2020).
///
/// ```text
/// g, m, v as in Adam
/// ρ∞ = 2 / (1 − β₂) − 1,  ρ = ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ)
/// r = √((ρ − 4)(ρ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρ))
/// param −= lr · m / (1 − β₁ᵗ) · (r · √(1 − β₂ᵗ) / (√v + eps)  if ρ > 5,  else 1)
/// ```
///
/// PyTorch: `optim.RAdam`.
///
/// # Panics
///
/// When the lengths differ, or the step is number 0.
///
/// ```
/// use nn_kernels::{RadamStep, Team, radam};
///
/// let (mut param, mut m, mut v) = ([1.0], [0.0], [0.0]);
/// let step = RadamStep {
///     lr: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0, decoupled: false, step: 1, grad_scale: 1.0,
/// };
/// radam(&Team::serial(), &mut param, &[5.0], &mut m, &mut v, step);
/// assert!((param[0] - 0.5).abs() < 1e-6, "not adaptive at first");
/// ```
pub fn radam(team: &Team, param: &mut [f32], grad: &[f32], m: &mut [f32], v: &mut [f32], step: RadamStep) {
    check("radam", param, grad, &[Some(m), Some(v)]);
    let (lr, rectification) = (f64::from(step.lr), step.rectification());
    let constants = Constants {
        step,
        mean_of_gradients: Decay::of(step.beta1),
        squares: Decay::of(step.beta2),
        coupled: if step.decoupled { 0.0 } else { step.weight_decay },
        shrink: if step.decoupled { (1.0 - lr * f64::from(step.weight_decay)) as f32 } else { 1.0 },
        rate: (lr / bias_correction(step.beta1, step.step) * rectification.unwrap_or(1.0)) as f32,
        adaptive: rectification.is_some(),
    };
    sweep(team, CHUNK, [param, m, v], [grad], Radam(constants));
}
