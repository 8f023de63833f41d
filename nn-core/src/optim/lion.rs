//! Lion.

use super::check::{fraction, not_negative};
use super::{Optimizer, Update, zeros};
use crate::{Result, Tensor};
use nn_kernels::LionStep;
use serde::{Deserialize, Serialize};

/// Steps of exactly `lr` in the direction of a moving average: half the state of [`Adam`](super::Adam).
///
/// ```text
/// w ← w − lr · (sign(beta1 · m + (1 − beta1) · g) + weight_decay · w)
/// m ← beta2 · m + (1 − beta2) · g
/// ```
///
/// Learning rates are three to ten times smaller than Adam's, weight decays as much larger. PyTorch has none; the order and the
/// defaults are the paper's. Source: Chen et al., *Symbolic discovery of optimization algorithms*, 2023.
///
/// ```
/// use nn_core::optim::Lion;
/// let lion = Lion { weight_decay: 0.1, ..Lion::default() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lion {
    /// The learning rate.
    pub lr: f64,
    /// The weight of the moving average in the step.
    pub beta1: f64,
    /// The rate of the moving average.
    pub beta2: f64,
    /// How much a weight shrinks by itself, times the learning rate.
    pub weight_decay: f64,
}

impl Default for Lion {
    fn default() -> Self {
        Self { lr: 1e-4, beta1: 0.9, beta2: 0.99, weight_decay: 0.0 }
    }
}

impl Optimizer for Lion {
    const NAME: &'static str = "lion";

    fn lr(&self) -> f64 {
        self.lr
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn check(&self) -> Result<()> {
        not_negative("Lion::lr", self.lr)?;
        fraction("Lion::beta1", self.beta1)?;
        fraction("Lion::beta2", self.beta2)?;
        not_negative("Lion::weight_decay", self.weight_decay)
    }

    fn slots(&self, param: &Tensor) -> Vec<(&'static str, Tensor)> {
        zeros(["exp_avg"], param)
    }

    fn update(&self, update: &Update<'_>, param: &mut Tensor, grad: &Tensor, slots: &mut [Tensor]) {
        let [exp_avg] = slots else { return };
        let step = LionStep {
            lr: update.lr as f32,
            beta1: self.beta1,
            beta2: self.beta2,
            weight_decay: update.weight_decay as f32,
            grad_scale: update.grad_scale,
        };
        nn_kernels::lion(update.team, param.values_mut(), grad.values(), exp_avg.values_mut(), step);
    }
}
