//! Adam, and Adam with decoupled weight decay.

use super::check::{epsilon, fraction, not_negative};
use super::{Optimizer, Update, zeros};
use crate::{Result, Tensor};
use nn_kernels::AdamStep;
use serde::{Deserialize, Serialize};

/// Steps of a size near `lr` in every coordinate: moving averages of the gradient and of its square.
///
/// ```text
/// g ← g + weight_decay · w
/// m ← beta1 · m + (1 − beta1) · g
/// v ← beta2 · v + (1 − beta2) · g²                with AMSGrad the largest v so far stands below the root
/// w ← w − lr · m̂ / (√v̂ + eps)                    m̂ = m / (1 − beta1ᵗ), v̂ = v / (1 − beta2ᵗ), t the number of the update
/// ```
///
/// PyTorch: `torch.optim.Adam`. Sources: Kingma and Ba, *Adam: a method for stochastic optimization*, 2015; Reddi, Kale and Kumar,
/// *On the convergence of Adam and beyond*, 2018.
///
/// ```
/// use nn_core::optim::Adam;
/// let adam = Adam { lr: 3e-4, ..Adam::default() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Adam {
    /// The learning rate.
    pub lr: f64,
    /// The rate of the moving average of gradients.
    pub beta1: f64,
    /// The rate of the moving average of squared gradients.
    pub beta2: f64,
    /// What keeps the quotient finite; above 0.
    pub eps: f64,
    /// The factor of the weight in the gradient. [`AdamW`] decays weights without the detour over the moments.
    pub weight_decay: f64,
    /// Whether the largest average of squares so far takes the place of the current one.
    pub amsgrad: bool,
}

impl Default for Adam {
    fn default() -> Self {
        Self { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0, amsgrad: false }
    }
}

/// [`Adam`] with `w ← w − lr · weight_decay · w` in place of a decay in the gradient.
///
/// PyTorch: `torch.optim.AdamW`. Source: Loshchilov and Hutter, *Decoupled weight decay regularization*, 2019.
///
/// ```
/// use nn_core::optim::AdamW;
/// let adamw = AdamW { lr: 3e-4, weight_decay: 0.1, ..AdamW::default() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AdamW {
    /// The learning rate.
    pub lr: f64,
    /// The rate of the moving average of gradients.
    pub beta1: f64,
    /// The rate of the moving average of squared gradients.
    pub beta2: f64,
    /// What keeps the quotient finite; above 0.
    pub eps: f64,
    /// How much a weight shrinks by itself, times the learning rate.
    pub weight_decay: f64,
    /// Whether the largest average of squares so far takes the place of the current one.
    pub amsgrad: bool,
}

impl Default for AdamW {
    fn default() -> Self {
        Self { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.01, amsgrad: false }
    }
}

impl AdamW {
    /// The same numbers, to share what does not depend on the kind of decay.
    const fn adam(&self) -> Adam {
        let Self { lr, beta1, beta2, eps, weight_decay, amsgrad } = *self;
        Adam { lr, beta1, beta2, eps, weight_decay, amsgrad }
    }
}

impl Adam {
    fn apply(&self, decoupled: bool, update: &Update<'_>, param: &mut Tensor, grad: &Tensor, slots: &mut [Tensor]) {
        let [exp_avg, exp_avg_sq, largest @ ..] = slots else { return };
        let step = AdamStep {
            lr: update.lr as f32,
            beta1: self.beta1,
            beta2: self.beta2,
            eps: self.eps as f32,
            weight_decay: update.weight_decay as f32,
            decoupled,
            step: update.step,
            grad_scale: update.grad_scale,
        };
        let (team, param, grad) = (update.team, param.values_mut(), grad.values());
        let (m, v) = (exp_avg.values_mut(), exp_avg_sq.values_mut());
        match largest.first_mut() {
            None => nn_kernels::adam(team, param, grad, m, v, step),
            Some(largest) => nn_kernels::adam_amsgrad(team, param, grad, m, v, largest.values_mut(), step),
        }
    }
}

impl Optimizer for Adam {
    const NAME: &'static str = "adam";

    fn lr(&self) -> f64 {
        self.lr
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn check(&self) -> Result<()> {
        not_negative("Adam::lr", self.lr)?;
        fraction("Adam::beta1", self.beta1)?;
        fraction("Adam::beta2", self.beta2)?;
        epsilon("Adam::eps", self.eps)?;
        not_negative("Adam::weight_decay", self.weight_decay)
    }

    fn slots(&self, param: &Tensor) -> Vec<(&'static str, Tensor)> {
        let mut slots = zeros(["exp_avg", "exp_avg_sq"], param);
        if self.amsgrad {
            slots.extend(zeros(["max_exp_avg_sq"], param));
        }
        slots
    }

    fn update(&self, update: &Update<'_>, param: &mut Tensor, grad: &Tensor, slots: &mut [Tensor]) {
        self.apply(false, update, param, grad, slots);
    }
}

impl Optimizer for AdamW {
    const NAME: &'static str = "adamw";

    fn lr(&self) -> f64 {
        self.lr
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn check(&self) -> Result<()> {
        not_negative("AdamW::lr", self.lr)?;
        fraction("AdamW::beta1", self.beta1)?;
        fraction("AdamW::beta2", self.beta2)?;
        epsilon("AdamW::eps", self.eps)?;
        not_negative("AdamW::weight_decay", self.weight_decay)
    }

    fn slots(&self, param: &Tensor) -> Vec<(&'static str, Tensor)> {
        self.adam().slots(param)
    }

    fn update(&self, update: &Update<'_>, param: &mut Tensor, grad: &Tensor, slots: &mut [Tensor]) {
        self.adam().apply(true, update, param, grad, slots);
    }
}
