//! Adadelta.

use super::check::{epsilon, fraction, not_negative};
use super::{Optimizer, Update, zeros};
use crate::{Result, Tensor};
use nn_kernels::AdadeltaStep;
use serde::{Deserialize, Serialize};

/// The gradient in units of the steps made so far, so that no learning rate needs to be chosen.
///
/// ```text
/// g ← g + weight_decay · w
/// v ← rho · v + (1 − rho) · g²
/// d = √(u + eps) / √(v + eps) · g
/// u ← rho · u + (1 − rho) · d²
/// w ← w − lr · d
/// ```
///
/// PyTorch: `torch.optim.Adadelta`. Source: Zeiler, *Adadelta: an adaptive learning rate method*, 2012.
///
/// ```
/// use nn_core::optim::Adadelta;
/// let adadelta = Adadelta { rho: 0.95, ..Adadelta::default() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Adadelta {
    /// A factor of the step.
    pub lr: f64,
    /// The rate of the moving averages.
    pub rho: f64,
    /// What keeps the quotient finite, and starts the movement.
    pub eps: f64,
    /// The factor of the weight in the gradient.
    pub weight_decay: f64,
}

impl Default for Adadelta {
    fn default() -> Self {
        Self { lr: 1.0, rho: 0.9, eps: 1e-6, weight_decay: 0.0 }
    }
}

impl Optimizer for Adadelta {
    const NAME: &'static str = "adadelta";

    fn lr(&self) -> f64 {
        self.lr
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn check(&self) -> Result<()> {
        not_negative("Adadelta::lr", self.lr)?;
        fraction("Adadelta::rho", self.rho)?;
        epsilon("Adadelta::eps", self.eps)?;
        not_negative("Adadelta::weight_decay", self.weight_decay)
    }

    fn slots(&self, param: &Tensor) -> Vec<(&'static str, Tensor)> {
        zeros(["square_avg", "acc_delta"], param)
    }

    fn update(&self, update: &Update<'_>, param: &mut Tensor, grad: &Tensor, slots: &mut [Tensor]) {
        let [square_avg, acc_delta] = slots else { return };
        let step = AdadeltaStep {
            lr: update.lr as f32,
            rho: self.rho,
            eps: self.eps as f32,
            weight_decay: update.weight_decay as f32,
            grad_scale: update.grad_scale,
        };
        let (square_avg, acc_delta) = (square_avg.values_mut(), acc_delta.values_mut());
        nn_kernels::adadelta(update.team, param.values_mut(), grad.values(), square_avg, acc_delta, step);
    }
}
