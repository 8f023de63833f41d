//! Adamax: Adam with the largest gradient in place of the mean square.

use super::check::{epsilon, fraction, not_negative};
use super::{Optimizer, Update, zeros};
use crate::{Result, Tensor};
use nn_kernels::AdamaxStep;
use serde::{Deserialize, Serialize};

/// [`Adam`](super::Adam) that divides by a decaying maximum of the gradient.
///
/// ```text
/// g ← g + weight_decay · w
/// m ← beta1 · m + (1 − beta1) · g
/// u ← max(beta2 · u, |g| + eps)
/// w ← w − lr / (1 − beta1ᵗ) · m / u                               t the number of the update
/// ```
///
/// PyTorch: `torch.optim.Adamax`. Source: Kingma and Ba, *Adam: a method for stochastic optimization*, 2015, section 7.1.
///
/// ```
/// use nn_core::optim::Adamax;
/// let adamax = Adamax { lr: 1e-3, ..Adamax::default() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Adamax {
    /// The learning rate.
    pub lr: f64,
    /// The rate of the moving average of gradients.
    pub beta1: f64,
    /// How fast the maximum decays.
    pub beta2: f64,
    /// What keeps the quotient finite; above 0.
    pub eps: f64,
    /// The factor of the weight in the gradient.
    pub weight_decay: f64,
}

impl Default for Adamax {
    fn default() -> Self {
        Self { lr: 2e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0 }
    }
}

impl Optimizer for Adamax {
    const NAME: &'static str = "adamax";

    fn lr(&self) -> f64 {
        self.lr
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn check(&self) -> Result<()> {
        not_negative("Adamax::lr", self.lr)?;
        fraction("Adamax::beta1", self.beta1)?;
        fraction("Adamax::beta2", self.beta2)?;
        epsilon("Adamax::eps", self.eps)?;
        not_negative("Adamax::weight_decay", self.weight_decay)
    }

    fn slots(&self, param: &Tensor) -> Vec<(&'static str, Tensor)> {
        zeros(["exp_avg", "exp_inf"], param)
    }

    fn update(&self, update: &Update<'_>, param: &mut Tensor, grad: &Tensor, slots: &mut [Tensor]) {
        let [exp_avg, exp_inf] = slots else { return };
        let step = AdamaxStep {
            lr: update.lr as f32,
            beta1: self.beta1,
            beta2: self.beta2,
            eps: self.eps as f32,
            weight_decay: update.weight_decay as f32,
            step: update.step,
            grad_scale: update.grad_scale,
        };
        let (exp_avg, exp_inf) = (exp_avg.values_mut(), exp_inf.values_mut());
        nn_kernels::adamax(update.team, param.values_mut(), grad.values(), exp_avg, exp_inf, step);
    }
}
