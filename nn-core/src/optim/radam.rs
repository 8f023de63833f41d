//! RAdam: Adam that waits until its averages mean something.

use super::check::{epsilon, fraction, not_negative};
use super::{Optimizer, Update, zeros};
use crate::{Result, Tensor};
use nn_kernels::RadamStep;
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
    /// What keeps the quotient finite; above 0.
    pub eps: f64,
    /// The factor of the weight in the gradient.
    pub weight_decay: f64,
    /// Whether weights decay by themselves, as in [`AdamW`](super::AdamW), and not through the gradient.
    pub decoupled_weight_decay: bool,
}

impl Default for RAdam {
    fn default() -> Self {
        Self { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0, decoupled_weight_decay: false }
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
        epsilon("RAdam::eps", self.eps)?;
        not_negative("RAdam::weight_decay", self.weight_decay)
    }

    fn slots(&self, param: &Tensor) -> Vec<(&'static str, Tensor)> {
        zeros(["exp_avg", "exp_avg_sq"], param)
    }

    fn update(&self, update: &Update<'_>, param: &mut Tensor, grad: &Tensor, slots: &mut [Tensor]) {
        let [exp_avg, exp_avg_sq] = slots else { return };
        let step = RadamStep {
            lr: update.lr as f32,
            beta1: self.beta1,
            beta2: self.beta2,
            eps: self.eps as f32,
            weight_decay: update.weight_decay as f32,
            decoupled: self.decoupled_weight_decay,
            step: update.step,
            grad_scale: update.grad_scale,
        };
        let (exp_avg, exp_avg_sq) = (exp_avg.values_mut(), exp_avg_sq.values_mut());
        nn_kernels::radam(update.team, param.values_mut(), grad.values(), exp_avg, exp_avg_sq, step);
    }
}
