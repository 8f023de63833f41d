//! RMSprop.

use super::check::{epsilon, fraction, not_negative};
use super::{Optimizer, Update, zeros};
use crate::{Result, Tensor};
use nn_kernels::RmspropStep;
use serde::{Deserialize, Serialize};

/// The gradient divided by the root of a moving average of its square.
///
/// ```text
/// g ← g + weight_decay · w
/// v ← alpha · v + (1 − alpha) · g²
/// s = √v + eps                                    centred: s = √(v − a²) + eps, a ← alpha · a + (1 − alpha) · g
/// w ← w − lr · g / s                              with momentum: b ← momentum · b + g / s, w ← w − lr · b
/// ```
///
/// PyTorch: `torch.optim.RMSprop`. Sources: Tieleman and Hinton, *Lecture 6.5 of Neural networks for machine learning*, 2012;
/// Graves, *Generating sequences with recurrent neural networks*, 2013 (centred).
///
/// ```
/// use nn_core::optim::RmsProp;
/// let rmsprop = RmsProp { lr: 1e-3, alpha: 0.9, ..RmsProp::default() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RmsProp {
    /// The learning rate.
    pub lr: f64,
    /// The rate of the moving averages.
    pub alpha: f64,
    /// What keeps the quotient finite; above 0.
    pub eps: f64,
    /// How much of the sum of steps is kept from step to step; 0 keeps no sum.
    pub momentum: f64,
    /// Whether the variance of the gradient takes the place of its mean square.
    pub centered: bool,
    /// The factor of the weight in the gradient.
    pub weight_decay: f64,
}

impl Default for RmsProp {
    fn default() -> Self {
        Self { lr: 1e-2, alpha: 0.99, eps: 1e-8, momentum: 0.0, centered: false, weight_decay: 0.0 }
    }
}

impl Optimizer for RmsProp {
    const NAME: &'static str = "rmsprop";

    fn lr(&self) -> f64 {
        self.lr
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn check(&self) -> Result<()> {
        not_negative("RmsProp::lr", self.lr)?;
        fraction("RmsProp::alpha", self.alpha)?;
        epsilon("RmsProp::eps", self.eps)?;
        not_negative("RmsProp::momentum", self.momentum)?;
        not_negative("RmsProp::weight_decay", self.weight_decay)
    }

    fn slots(&self, param: &Tensor) -> Vec<(&'static str, Tensor)> {
        let mut slots = zeros(["square_avg"], param);
        if self.momentum > 0.0 {
            slots.extend(zeros(["momentum_buffer"], param));
        }
        if self.centered {
            slots.extend(zeros(["grad_avg"], param));
        }
        slots
    }

    fn update(&self, update: &Update<'_>, param: &mut Tensor, grad: &Tensor, slots: &mut [Tensor]) {
        let [square_avg, rest @ ..] = slots else { return };
        let (buffer, average) = rest.split_at_mut(usize::from(self.momentum > 0.0).min(rest.len()));
        let step = RmspropStep {
            lr: update.lr as f32,
            alpha: self.alpha,
            eps: self.eps as f32,
            momentum: self.momentum as f32,
            weight_decay: update.weight_decay as f32,
            grad_scale: update.grad_scale,
        };
        let square_avg = square_avg.values_mut();
        let buffer = buffer.first_mut().map(Tensor::values_mut);
        let average = average.first_mut().map(Tensor::values_mut);
        nn_kernels::rmsprop(update.team, param.values_mut(), grad.values(), square_avg, average, buffer, step);
    }
}
