//! Adagrad.

use super::check::{epsilon, not_negative};
use super::{Optimizer, Update, zeros};
use crate::{Result, Tensor};
use nn_kernels::AdagradStep;
use serde::{Deserialize, Serialize};

/// The gradient divided by the root of the sum of all its squares so far: for sparse features.
///
/// ```text
/// g ← g + weight_decay · w
/// s ← s + g²
/// w ← w − lr / (1 + (t − 1) · lr_decay) · g / (√s + eps)          t the number of the update
/// ```
///
/// PyTorch: `torch.optim.Adagrad`. Source: Duchi, Hazan and Singer, *Adaptive subgradient methods*, 2011.
///
/// ```
/// use nn_core::optim::Adagrad;
/// let adagrad = Adagrad { lr: 0.1, ..Adagrad::default() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Adagrad {
    /// The learning rate.
    pub lr: f64,
    /// How fast the learning rate falls with the number of updates.
    pub lr_decay: f64,
    /// What the sums of squares start from.
    pub initial_accumulator_value: f64,
    /// What keeps the quotient finite; above 0.
    pub eps: f64,
    /// The factor of the weight in the gradient.
    pub weight_decay: f64,
}

impl Default for Adagrad {
    fn default() -> Self {
        Self { lr: 1e-2, lr_decay: 0.0, initial_accumulator_value: 0.0, eps: 1e-10, weight_decay: 0.0 }
    }
}

impl Optimizer for Adagrad {
    const NAME: &'static str = "adagrad";

    fn lr(&self) -> f64 {
        self.lr
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn check(&self) -> Result<()> {
        not_negative("Adagrad::lr", self.lr)?;
        not_negative("Adagrad::lr_decay", self.lr_decay)?;
        not_negative("Adagrad::initial_accumulator_value", self.initial_accumulator_value)?;
        // What the sums begin with keeps them above 0, too.
        match self.initial_accumulator_value > 0.0 {
            true => not_negative("Adagrad::eps", self.eps)?,
            false => epsilon("Adagrad::eps", self.eps)?,
        }
        not_negative("Adagrad::weight_decay", self.weight_decay)
    }

    fn slots(&self, param: &Tensor) -> Vec<(&'static str, Tensor)> {
        let mut slots = zeros(["sum"], param);
        slots[0].1.values_mut().fill(self.initial_accumulator_value as f32);
        slots
    }

    fn update(&self, update: &Update<'_>, param: &mut Tensor, grad: &Tensor, slots: &mut [Tensor]) {
        let [sum] = slots else { return };
        let step = AdagradStep {
            lr: update.lr as f32,
            lr_decay: self.lr_decay as f32,
            eps: self.eps as f32,
            weight_decay: update.weight_decay as f32,
            step: update.step,
            grad_scale: update.grad_scale,
        };
        nn_kernels::adagrad(update.team, param.values_mut(), grad.values(), sum.values_mut(), step);
    }
}
