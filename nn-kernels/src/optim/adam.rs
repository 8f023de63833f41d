//! Adam and its variants AdamW and AMSGrad.

use super::{CHUNK, Decay, bias_correction, check};
use crate::Team;
use crate::lanes::{Elementwise, Floats, Lanes, sweep};

/// One step of [`adam`] and [`adam_amsgrad`].
#[derive(Clone, Copy, Debug)]
pub struct AdamStep {
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
    /// Whether the decay is applied to the parameter itself (AdamW) instead of added to the gradient.
    pub decoupled: bool,
    /// Number of this step, from 1.
    pub step: u64,
    /// Factor of every gradient.
    pub grad_scale: f32,
}

/// The constants of the loop.
#[derive(Clone, Copy)]
struct Constants {
    grad_scale: f32,
    /// Added to the gradient per parameter, and factor of the parameter.
    coupled: f32,
    shrink: f32,
    mean: Decay,
    squares: Decay,
    eps: f32,
    /// `lr / (1 − β₁ᵗ)` and `1 / √(1 − β₂ᵗ)`.
    rate: f32,
    root: f32,
}

impl AdamStep {
    fn constants(&self) -> Constants {
        let decay = f64::from(self.lr) * f64::from(self.weight_decay);
        Constants {
            grad_scale: self.grad_scale,
            coupled: if self.decoupled { 0.0 } else { self.weight_decay },
            shrink: if self.decoupled { (1.0 - decay) as f32 } else { 1.0 },
            mean: Decay::of(self.beta1),
            squares: Decay::of(self.beta2),
            eps: self.eps,
            rate: (f64::from(self.lr) / bias_correction(self.beta1, self.step)) as f32,
            root: (1.0 / bias_correction(self.beta2, self.step).sqrt()) as f32,
        }
    }
}

impl Constants {
    /// The new `(param, m, v)`, with the v of the denominator as a function of the new v.
    #[inline(always)]
    fn step<S: Lanes>(self, [p, m, v, v_max]: [Floats<S>; 4], g: Floats<S>, amsgrad: bool) -> [Floats<S>; 4] {
        let g = p.mul_add(self.coupled, g * self.grad_scale);
        let m = self.mean.mean(m, g);
        let v = self.squares.mean(v, g * g);
        let v_max = if amsgrad { v.at_least(v_max) } else { v };
        let denominator = v_max.sqrt().mul_add(self.root, self.eps);
        [(m / denominator).mul_add(-self.rate, p * self.shrink), m, v, v_max]
    }
}

#[derive(Clone, Copy)]
struct Adam(Constants);

impl Elementwise<3, 1> for Adam {
    #[inline(always)]
    fn update<S: Lanes>(self, [p, m, v]: [Floats<S>; 3], [g]: [Floats<S>; 1]) -> [Floats<S>; 3] {
        let [p, m, v, _] = self.0.step([p, m, v, v], g, false);
        [p, m, v]
    }
}

#[derive(Clone, Copy)]
struct Amsgrad(Constants);

impl Elementwise<4, 1> for Amsgrad {
    #[inline(always)]
    fn update<S: Lanes>(self, old: [Floats<S>; 4], [g]: [Floats<S>; 1]) -> [Floats<S>; 4] {
        self.0.step(old, g, true)
    }
}

/// Adam (Kingma and Ba, 2015), and AdamW (Loshchilov and Hutter, 2019) if the decay is decoupled.
///
/// ```text
/// g = grad_scale · grad + weight_decay · param      (decoupled: g = grad_scale · grad, param −= lr · weight_decay · param)
/// m = β₁ · m + (1 − β₁) · g
/// v = β₂ · v + (1 − β₂) · g²
/// param −= lr · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + eps)
/// ```
///
/// PyTorch: `optim.Adam`, `optim.AdamW`.
///
/// # Panics
///
/// When the lengths differ, or the step is number 0.
///
/// ```
/// use nn_kernels::{AdamStep, Team, adam};
///
/// let (mut param, mut m, mut v) = ([1.0], [0.0], [0.0]);
/// let step = AdamStep {
///     lr: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0, decoupled: false, step: 1, grad_scale: 1.0,
/// };
/// adam(&Team::serial(), &mut param, &[5.0], &mut m, &mut v, step);
/// assert!((param[0] - 0.9).abs() < 1e-6, "the first step is lr long, whatever the gradient");
/// ```
pub fn adam(team: &Team, param: &mut [f32], grad: &[f32], m: &mut [f32], v: &mut [f32], step: AdamStep) {
    check("adam", param, grad, &[Some(m), Some(v)]);
    sweep(team, CHUNK, [param, m, v], [grad], Adam(step.constants()));
}

/// AMSGrad: [`adam`] with the largest v so far in the denominator (Reddi, Kale and Kumar, 2018).
///
/// PyTorch: `optim.Adam(amsgrad=True)`.
///
/// # Panics
///
/// When the lengths differ, or the step is number 0.
pub fn adam_amsgrad(
    team: &Team,
    param: &mut [f32],
    grad: &[f32],
    m: &mut [f32],
    v: &mut [f32],
    v_max: &mut [f32],
    step: AdamStep,
) {
    check("adam_amsgrad", param, grad, &[Some(m), Some(v), Some(v_max)]);
    sweep(team, CHUNK, [param, m, v, v_max], [grad], Amsgrad(step.constants()));
}
