//! NAdam: Adam with Nesterov's momentum.

use super::check::{epsilon, fraction, not_negative};
use super::{Optimizer, Update, zeros};
use crate::{Result, Shape, Tensor};
use nn_kernels::NadamStep;
use serde::{Deserialize, Serialize};

/// [`Adam`](super::Adam) that looks one step ahead.
///
/// ```text
/// g ← g + weight_decay · w
/// μₜ = beta1 · (1 − 0.5 · 0.96^(t · momentum_decay))              Mₜ = μ₁ · μ₂ · … · μₜ, t the number of the update
/// m ← beta1 · m + (1 − beta1) · g
/// v ← beta2 · v + (1 − beta2) · g²
/// w ← w − lr · ((1 − μₜ) / (1 − Mₜ) · g + μₜ₊₁ / (1 − Mₜ₊₁) · m) / (√(v / (1 − beta2ᵗ)) + eps)
/// ```
///
/// PyTorch: `torch.optim.NAdam`. Source: Dozat, *Incorporating Nesterov momentum into Adam*, 2016.
///
/// ```
/// use nn_core::optim::NAdam;
/// let nadam = NAdam { lr: 1e-3, ..NAdam::default() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NAdam {
    /// The learning rate.
    pub lr: f64,
    /// The rate of the moving average of gradients.
    pub beta1: f64,
    /// The rate of the moving average of squared gradients.
    pub beta2: f64,
    /// What keeps the quotient finite; above 0.
    pub eps: f64,
    /// The factor of the weight in the gradient.
    pub weight_decay: f64,
    /// Whether weights decay by themselves, as in [`AdamW`](super::AdamW), and not through the gradient.
    pub decoupled_weight_decay: bool,
    /// How fast the momentum grows to `beta1`.
    pub momentum_decay: f64,
}

impl Default for NAdam {
    fn default() -> Self {
        Self {
            lr: 2e-3,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 0.0,
            decoupled_weight_decay: false,
            momentum_decay: 4e-3,
        }
    }
}

impl Optimizer for NAdam {
    const NAME: &'static str = "nadam";

    fn lr(&self) -> f64 {
        self.lr
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn check(&self) -> Result<()> {
        not_negative("NAdam::lr", self.lr)?;
        fraction("NAdam::beta1", self.beta1)?;
        fraction("NAdam::beta2", self.beta2)?;
        epsilon("NAdam::eps", self.eps)?;
        not_negative("NAdam::weight_decay", self.weight_decay)?;
        not_negative("NAdam::momentum_decay", self.momentum_decay)
    }

    fn slots(&self, param: &Tensor) -> Vec<(&'static str, Tensor)> {
        let mut slots = zeros(["exp_avg", "exp_avg_sq"], param);
        slots.push(("mu_product", Tensor::filled(Shape::SCALAR, 1.0)));
        slots
    }

    fn update(&self, update: &Update<'_>, param: &mut Tensor, grad: &Tensor, slots: &mut [Tensor]) {
        let [exp_avg, exp_avg_sq, mu_product] = slots else { return };
        let mu_product = &mut mu_product.values_mut()[0];
        let step = NadamStep {
            lr: update.lr as f32,
            beta1: self.beta1,
            beta2: self.beta2,
            eps: self.eps as f32,
            weight_decay: update.weight_decay as f32,
            decoupled: self.decoupled_weight_decay,
            momentum_decay: self.momentum_decay as f32,
            momentum_product: f64::from(*mu_product),
            step: update.step,
            grad_scale: update.grad_scale,
        };
        *mu_product *= step.momentum() as f32;
        let (exp_avg, exp_avg_sq) = (exp_avg.values_mut(), exp_avg_sq.values_mut());
        nn_kernels::nadam(update.team, param.values_mut(), grad.values(), exp_avg, exp_avg_sq, step);
    }
}
