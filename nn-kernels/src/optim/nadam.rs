//! NAdam: Adam with Nesterov's look-ahead.

use super::{CHUNK, Decay, bias_correction, check};
use crate::Team;
use crate::lanes::{Elementwise, Floats, Lanes, sweep};

/// One step of [`nadam`].
#[derive(Clone, Copy, Debug)]
pub struct NadamStep {
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
    /// How fast the momentum rises (0.004).
    pub momentum_decay: f32,
    /// The product of the momenta of all earlier steps, which [`NadamStep::momentum`] gives (1 before the first).
    pub momentum_product: f64,
    /// Number of this step, from 1.
    pub step: u64,
    /// Factor of every gradient.
    pub grad_scale: f32,
}

impl NadamStep {
    /// The momentum of this step, `β₁ · (1 − ½ · 0.96^(t · momentum_decay))`.
    pub fn momentum(&self) -> f64 {
        self.momentum_at(self.step)
    }

    fn momentum_at(&self, step: u64) -> f64 {
        self.beta1 * (1.0 - 0.5 * 0.96_f64.powf(step as f64 * f64::from(self.momentum_decay)))
    }
}

#[derive(Clone, Copy)]
struct Constants {
    step: NadamStep,
    mean_of_gradients: Decay,
    squares: Decay,
    coupled: f32,
    shrink: f32,
    root: f32,
    /// Factors of the gradient and of its mean in the update.
    new: f32,
    mean: f32,
}

#[derive(Clone, Copy)]
struct Nadam(Constants);

impl Elementwise<3, 1> for Nadam {
    #[inline(always)]
    fn update<S: Lanes>(self, [p, m, v]: [Floats<S>; 3], [g]: [Floats<S>; 1]) -> [Floats<S>; 3] {
        let Self(c @ Constants { step: s, .. }) = self;
        let g = p.mul_add(c.coupled, g * s.grad_scale);
        let m = c.mean_of_gradients.mean(m, g);
        let v = c.squares.mean(v, g * g);
        let denominator = v.sqrt().mul_add(c.root, s.eps);
        let update = m.mul_add(c.mean, g * c.new);
        [p.mul_add(c.shrink, -(update / denominator)), m, v]
    }
}

/// NAdam (Dozat, 2016).
///
/// ```text
/// g, m, v as in Adam
/// µₜ = β₁ · (1 − ½ · 0.96^(t · momentum_decay)),  Π = µ₁ · … · µₜ
/// param −= lr · ((1 − µₜ) / (1 − Π) · g + µₜ₊₁ / (1 − Π · µₜ₊₁) · m) / (√(v / (1 − β₂ᵗ)) + eps)
/// ```
///
/// PyTorch: `optim.NAdam`.
///
/// # Panics
///
/// When the lengths differ, or the step is number 0.
///
/// ```
/// use nn_kernels::{NadamStep, Team, nadam};
///
/// let (mut param, mut m, mut v, mut product) = ([1.0], [0.0], [0.0], 1.0);
/// for step in 1..=3 {
///     let step = NadamStep {
///         lr: 0.002, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0, decoupled: false,
///         momentum_decay: 0.004, momentum_product: product, step, grad_scale: 1.0,
///     };
///     nadam(&Team::serial(), &mut param, &[5.0], &mut m, &mut v, step);
///     product *= step.momentum();
/// }
/// assert!(param[0] < 0.995);
/// ```
pub fn nadam(team: &Team, param: &mut [f32], grad: &[f32], m: &mut [f32], v: &mut [f32], step: NadamStep) {
    check("nadam", param, grad, &[Some(m), Some(v)]);
    let lr = f64::from(step.lr);
    let (now, next) = (step.momentum(), step.momentum_at(step.step + 1));
    let product = step.momentum_product * now;
    let constants = Constants {
        step,
        mean_of_gradients: Decay::of(step.beta1),
        squares: Decay::of(step.beta2),
        coupled: if step.decoupled { 0.0 } else { step.weight_decay },
        shrink: if step.decoupled { (1.0 - lr * f64::from(step.weight_decay)) as f32 } else { 1.0 },
        root: (1.0 / bias_correction(step.beta2, step.step).sqrt()) as f32,
        new: (lr * (1.0 - now) / (1.0 - product)) as f32,
        mean: (lr * next / (1.0 - product * next)) as f32,
    };
    sweep(team, CHUNK, [param, m, v], [grad], Nadam(constants));
}
