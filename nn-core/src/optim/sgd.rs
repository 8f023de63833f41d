//! Stochastic gradient descent.

use super::check::not_negative;
use super::{Optimizer, Update, zeros};
use crate::{Error, Result, Tensor};
use nn_kernels::SgdStep;
use serde::{Deserialize, Serialize};

/// `w ← w − lr · b`, with `b` the gradient or, with momentum, its decaying sum.
///
/// ```text
/// g ← g + weight_decay · w
/// b ← momentum · b + (1 − dampening) · g          at the first update b ← g
/// w ← w − lr · b                                  with Nesterov: w ← w − lr · (g + momentum · b)
/// ```
///
/// PyTorch: `torch.optim.SGD`. Source: Sutskever et al., *On the importance of initialization and momentum in deep learning*, 2013.
///
/// ```
/// use nn_core::optim::Sgd;
/// let sgd = Sgd { lr: 0.1, momentum: 0.9, nesterov: true, ..Sgd::default() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sgd {
    /// The learning rate.
    pub lr: f64,
    /// How much of the sum of gradients is kept from step to step; 0 keeps no sum.
    pub momentum: f64,
    /// How much less of the gradient goes into the sum.
    pub dampening: f64,
    /// Whether the gradient is added to the step once more (Nesterov's momentum).
    pub nesterov: bool,
    /// The factor of the weight in the gradient.
    pub weight_decay: f64,
}

impl Default for Sgd {
    fn default() -> Self {
        Self { lr: 1e-3, momentum: 0.0, dampening: 0.0, nesterov: false, weight_decay: 0.0 }
    }
}

impl Optimizer for Sgd {
    const NAME: &'static str = "sgd";

    fn lr(&self) -> f64 {
        self.lr
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn check(&self) -> Result<()> {
        not_negative("Sgd::lr", self.lr)?;
        not_negative("Sgd::momentum", self.momentum)?;
        not_negative("Sgd::weight_decay", self.weight_decay)?;
        if !self.dampening.is_finite() {
            return Err(Error::argument("Sgd::dampening", format!("{} is not finite", self.dampening)));
        }
        if self.nesterov && (self.momentum == 0.0 || self.dampening != 0.0) {
            let problem = "Nesterov's momentum needs a `momentum` above 0 and a `dampening` of 0";
            return Err(Error::argument("Sgd::nesterov", problem));
        }
        Ok(())
    }

    fn slots(&self, param: &Tensor) -> Vec<(&'static str, Tensor)> {
        if self.momentum == 0.0 { Vec::new() } else { zeros(["momentum_buffer"], param) }
    }

    fn update(&self, update: &Update<'_>, param: &mut Tensor, grad: &Tensor, slots: &mut [Tensor]) {
        let step = SgdStep {
            lr: update.lr as f32,
            momentum: self.momentum as f32,
            dampening: self.dampening as f32,
            nesterov: self.nesterov,
            weight_decay: update.weight_decay as f32,
            first: update.step == 1,
            grad_scale: update.grad_scale,
        };
        let buffer = slots.first_mut().map(Tensor::values_mut);
        nn_kernels::sgd(update.team, param.values_mut(), grad.values(), buffer, step);
    }
}
