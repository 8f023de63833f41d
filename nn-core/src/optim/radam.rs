//! RAdam: Adam that waits until its averages mean something.

use super::check::{fraction, not_negative};
use super::{Optimizer, Update, zeros};
use crate::{Result, Tensor};
use nn_kernels::optim::{self, RAdamStep};
use serde::{Deserialize, Serialize};

/// [`Adam`](super::Adam) whose division by √v̂ starts when the variance of v̂ is small enough, so that it needs no warm-up.
///
/// ```text
/// g ← g + weight_decay · w
/// m ← beta1 · m + (1 − beta1) · g
/// v ← beta2 · v + (1 − beta2) · g²
/// ρ∞ = 2 / (1 − beta2) − 1,   ρ = ρ∞ − 2t · beta2ᵗ / (1 − beta2ᵗ)                     t the number of the update
/// w ← w − lr · m̂                                                                     while ρ ≤ 5
/// w ← w − lr · r · m̂ · √(1 − beta2ᵗ) / (√v + eps)                                     then,
///                              with r = √((ρ − 4)(ρ − 2)ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)ρ))
/// ```
///
/// PyTorch: `torch.optim.RAdam`. Source: Liu et al., *On the variance of the adaptive learning rate and beyond*, 2020.
///
/// ```
/// use nn_core::optim::RAdam;
/// let radam = RAdam { lr: 3e-4, ..RAdam::default() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RAdam {
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
}

impl Default for RAdam {
    fn default() -> Self {
        Self { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0 }
    }
}

impl RAdam {
    /// r · √(1 − beta2ᵗ) from the update on at which it exists.
    fn rectification(&self, t: f64) -> Option<f64> {
        let power = self.beta2.powf(t);
        let longest = 2.0 / (1.0 - self.beta2) - 1.0;
        let length = longest - 2.0 * t * power / (1.0 - power);
        let above = (length - 4.0) * (length - 2.0) * longest;
        let below = (longest - 4.0) * (longest - 2.0) * length;
        (length > 5.0).then(|| (above / below * (1.0 - power)).sqrt())
    }
}

impl Optimizer for RAdam {
    const NAME: &'static str = "radam";

    fn lr(&self) -> f64 {
        self.lr
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn check(&self) -> Result<()> {
        not_negative("RAdam::lr", self.lr)?;
        fraction("RAdam::beta1", self.beta1)?;
        fraction("RAdam::beta2", self.beta2)?;
        not_negative("RAdam::eps", self.eps)?;
        not_negative("RAdam::weight_decay", self.weight_decay)
    }

    fn slots(&self, param: &Tensor) -> Vec<(&'static str, Tensor)> {
        zeros(["exp_avg", "exp_avg_sq"], param)
    }

    fn update(&self, update: &Update<'_>, param: &mut Tensor, grad: &Tensor, slots: &mut [Tensor]) {
        let [exp_avg, exp_avg_sq] = slots else { return };
        let t = update.step as f64;
        let step = RAdamStep {
            lr: update.lr / (1.0 - self.beta1.powf(t)),
            rectification: self.rectification(t),
            beta1: self.beta1,
            beta2: self.beta2,
            eps: self.eps,
            weight_decay: update.weight_decay,
            grad_scale: update.grad_scale,
        };
        let (exp_avg, exp_avg_sq) = (exp_avg.values_mut(), exp_avg_sq.values_mut());
        optim::radam(update.team, &step, param.values_mut(), grad.values(), exp_avg, exp_avg_sq);
    }
}
