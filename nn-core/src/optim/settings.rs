//! What can be set for a whole network and for each layer.

use super::check::{not_negative, positive};
use crate::Result;
use serde::{Deserialize, Serialize};

/// What holds for one layer: the mirror `PerLayer<LayerSettings>` takes the place of PyTorch's parameter groups.
///
/// The numbers are factors of what holds for the whole network; all 1 at first. [`Groups`](super::Groups) makes mirrors of them: rates
/// that fall from layer to layer, settings by the layer's path.
///
/// ```
/// use nn_core::optim::LayerSettings;
/// let slow = LayerSettings { lr: 0.1, ..LayerSettings::default() };
/// assert!(slow.train && slow.weight_decay == 1.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LayerSettings {
    /// Whether the layer learns. The parameters of one that does not are neither read nor written, nor are their gradients;
    /// their moments and counts of updates stay as they are until it learns again.
    pub train: bool,
    /// A factor of the learning rate.
    pub lr: f64,
    /// A factor of the weight decay.
    pub weight_decay: f64,
    /// Whether weight decay acts on vectors too: biases, and the gains of norms. Yes unless set, as in PyTorch; fine-tuning is mostly done
    /// without.
    pub decay_vectors: bool,
    /// A factor of the [`Penalty`].
    pub penalty: f64,
    /// Over how many steps the learning rate rises evenly to its value each time that the layer begins to learn: at the start, and
    /// when it is unfrozen. Step `i` of them, counted from 1, has the factor `i / warmup`. 0 (the whole rate at once) unless set.
    pub warmup: u64,
}

impl LayerSettings {
    /// A layer that does not learn.
    pub const FROZEN: Self =
        Self { train: false, lr: 1.0, weight_decay: 1.0, decay_vectors: true, penalty: 1.0, warmup: 0 };
    /// A layer that learns as the optimiser says.
    pub const TRAINED: Self = Self { train: true, ..Self::FROZEN };

    /// The factor of the learning rate `steps` steps after the layer has begun to learn.
    pub(super) fn warmth(&self, steps: u64) -> f64 {
        if steps < self.warmup { (steps + 1) as f64 / self.warmup as f64 } else { 1.0 }
    }

    pub(super) fn check(&self) -> Result<()> {
        not_negative("LayerSettings::lr", self.lr)?;
        not_negative("LayerSettings::weight_decay", self.weight_decay)?;
        not_negative("LayerSettings::penalty", self.penalty)
    }
}

impl Default for LayerSettings {
    fn default() -> Self {
        Self::TRAINED
    }
}

/// Limits of the gradient. The value is limited first, then the norm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Clip {
    /// The largest Euclidean norm of all gradients that are trained, seen as one vector. Larger ones are scaled by
    /// `norm_limit / (norm + 1e-6)`. PyTorch: `clip_grad_norm_`; Keras: `global_clipnorm`.
    pub norm: Option<f64>,
    /// The largest absolute value of an element. PyTorch: `clip_grad_value_`; Keras: `clipvalue`.
    pub value: Option<f64>,
}

impl Clip {
    pub(super) fn check(&self) -> Result<()> {
        self.norm.map_or(Ok(()), |norm| positive("Clip::norm", norm))?;
        self.value.map_or(Ok(()), |value| positive("Clip::value", value))
    }
}

/// `l1 · Σ|w| + l2 · Σw²`, added to the loss, for all weights of rank 2 and more (biases and gains have rank 1).
///
/// Keras: `kernel_regularizer` with `L1`, `L2`, `L1L2`. The gradients `l1 · sign(w) + 2 · l2 · w` are added before clipping.
/// PyTorch's `weight_decay` is twice such an `l2` for [`Sgd`](super::Sgd), and acts on biases too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Penalty {
    /// The factor of the absolute values.
    pub l1: f64,
    /// The factor of the squares.
    pub l2: f64,
}

impl Penalty {
    pub(super) fn check(&self) -> Result<()> {
        not_negative("Penalty::l1", self.l1)?;
        not_negative("Penalty::l2", self.l2)
    }

    /// The penalty of one layer's weights.
    pub(super) fn times(self, factor: f64) -> Self {
        Self { l1: self.l1 * factor, l2: self.l2 * factor }
    }

    pub(super) fn is_none(self) -> bool {
        self.l1 == 0.0 && self.l2 == 0.0
    }
}
