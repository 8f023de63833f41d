//! NAdam: Adam with Nesterov's momentum.

use super::check::{fraction, not_negative};
use super::{Optimizer, Update, zeros};
use crate::{Result, Shape, Tensor};
use nn_kernels::optim::{self, NAdamStep};
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
    /// What keeps the quotient finite.
    pub eps: f64,
    /// The factor of the weight in the gradient.
    pub weight_decay: f64,
    /// How fast the momentum grows to `beta1`.
    pub momentum_decay: f64,
}

impl Default for NAdam {
    fn default() -> Self {
        Self { lr: 2e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0, momentum_decay: 4e-3 }
    }
}

impl NAdam {
    /// μ of update `t`.
    fn momentum(&self, t: u64) -> f64 {
        self.beta1 * (1.0 - 0.5 * 0.96_f64.powf(t as f64 * self.momentum_decay))
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
        not_negative("NAdam::eps", self.eps)?;
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
        let (mu, next) = (self.momentum(update.step), self.momentum(update.step + 1));
        let product = f64::from(mu_product.values()[0]) * mu;
        mu_product.values_mut()[0] = product as f32;
        let step = NAdamStep {
            grad_rate: update.lr * (1.0 - mu) / (1.0 - product),
            average_rate: update.lr * next / (1.0 - product * next),
            beta1: self.beta1,
            beta2: self.beta2,
            correction2: 1.0 - self.beta2.powf(update.step as f64),
            eps: self.eps,
            weight_decay: update.weight_decay,
            grad_scale: update.grad_scale,
        };
        let (exp_avg, exp_avg_sq) = (exp_avg.values_mut(), exp_avg_sq.values_mut());
        optim::nadam(update.team, &step, param.values_mut(), grad.values(), exp_avg, exp_avg_sq);
    }
}
