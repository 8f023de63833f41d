//! Averages of the weights on the way.

use super::Every;
use super::snapshot::Snapshot;
use crate::optim::fraction;
use crate::{Error, Layer, Parameters, Path, Result, Role};
use nn_kernels::Team;
use serde::{Deserialize, Serialize};

/// An exponential moving average of the weights: after every step `average ← decay · average + (1 − decay) · weights`.
///
/// Running statistics of batch normalisation are averaged in the same way. What is measured on validation data, and what early stopping and the best
/// checkpoint keep, are the averages. When `fit` ends the network has them; a further call goes on from these and begins a new
/// average. Callbacks see the weights that are trained.
///
/// ```
/// use nn_core::train::Ema;
/// let slow = Ema { decay: 0.9999, ..Ema::default() };
/// assert!(slow.warmup);
/// ```
///
/// (Polyak and Juditsky, 1992) Keras: `use_ema`, `ema_momentum`. PyTorch: `AveragedModel` with `get_ema_multi_avg_fn` and `use_buffers=True`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ema {
    /// How much of the average stays in a step. 0.999 unless set.
    pub decay: f64,
    /// Whether the decay of step `n` is at most `(1 + n) / (10 + n)`, so that the first weights are soon forgotten. Yes unless set.
    /// (TensorFlow: `num_updates`.)
    pub warmup: bool,
}

impl Default for Ema {
    fn default() -> Self {
        Self { decay: 0.999, warmup: true }
    }
}

/// The mean of the weights at several places of the run: stochastic weight averaging.
///
/// It wants a learning rate that stays or swings ([`schedule`](crate::schedule)), so that the places differ. When `fit` ends the network has the
/// mean, and running statistics of batch normalisation are computed anew by one pass over the training data: those of the single
/// places do not belong to it. Layers that are frozen keep those of the last step. Until then, everything is measured on the weights that are trained.
///
/// ```
/// use nn_core::train::{Every, Swa};
/// // The mean of the weights after epochs 16, 17, 18, ….
/// let swa = Swa { start: 15, every: Every::Epochs(1) };
/// ```
///
/// (Izmailov et al., 2018) PyTorch: `AveragedModel`, then `update_bn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swa {
    /// How many epochs of a call of `fit` pass before the first place.
    pub start: u64,
    /// How far the places are apart.
    pub every: Every,
}

/// Which average is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Averaging {
    Ema(Ema),
    Swa(Swa),
}

/// What stands in a checkpoint of which average it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    Ema,
    Swa,
}

impl Averaging {
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Ema(_) => Kind::Ema,
            Self::Swa(_) => Kind::Swa,
        }
    }

    pub(super) fn check(self, epochs: usize, restores_best: bool) -> Result<()> {
        match self {
            Self::Ema(ema) => fraction("Ema::decay", ema.decay),
            Self::Swa(Swa { every: Every::Epochs(0) | Every::Steps(0), .. }) => {
                Err(Error::argument("Swa::every", "0 makes no sense; use 1 for a place each time"))
            }
            Self::Swa(Swa { start, .. }) if start >= epochs as u64 => {
                let problem = format!("{start} epochs pass before the first place, but there are {epochs} in all");
                Err(Error::argument("Swa::start", problem))
            }
            Self::Swa(_) if restores_best => {
                let problem =
                    "the best epoch would take the place of the mean; set `EarlyStopping::restore_best` to false";
                Err(Error::argument("Trainer::swa", problem))
            }
            Self::Swa(_) => Ok(()),
        }
    }
}

/// The average so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Average {
    pub(super) weights: Snapshot,
    /// How many weights are in it.
    pub(super) count: u64,
}

impl Average {
    /// After a step, `epoch` epochs into the call of `fit`.
    pub(super) fn after_step<N: Layer>(
        &mut self,
        averaging: Averaging,
        (epoch, step): (u64, u64),
        net: &N,
        team: &Team,
    ) {
        match averaging {
            Averaging::Ema(Ema { decay, warmup }) => {
                let n = self.count as f64;
                let decay = if warmup { decay.min((1.0 + n) / (10.0 + n)) } else { decay };
                self.add(net, 1.0 - decay, team);
            }
            Averaging::Swa(Swa { start, every: Every::Steps(steps) })
                if epoch >= start && step.is_multiple_of(steps) =>
            {
                self.add(net, 1.0 / (self.count + 1) as f64, team);
            }
            Averaging::Swa(_) => {}
        }
    }

    /// After an epoch, when `epochs` of the call of `fit` are over.
    pub(super) fn after_epoch<N: Layer>(&mut self, averaging: Averaging, epochs: u64, net: &N, team: &Team) {
        if let Averaging::Swa(Swa { start, every: Every::Epochs(every) }) = averaging
            && epochs > start
            && (epochs - start - 1).is_multiple_of(every)
        {
            self.add(net, 1.0 / (self.count + 1) as f64, team);
        }
    }

    fn add<N: Layer>(&mut self, net: &N, share: f64, team: &Team) {
        if self.count == 0 {
            self.weights.take(net);
        } else {
            self.weights.blend(net, share as f32, team);
        }
        self.count += 1;
    }

    /// Exchanges the weights of the network with the average, if there is one; calling it again undoes it.
    pub(super) fn exchange<N: Layer>(&mut self, net: &mut N) {
        if self.count > 0 {
            self.weights.exchange(net);
        }
    }
}

impl Average {
    /// Once the network has the average: the running statistics that it had before. Those of an average belong to none of its places.
    pub(super) fn give_statistics<N: Layer>(&self, net: &mut N) {
        if self.count > 0 {
            self.weights.restore_buffers(net);
        }
    }
}

/// Whether a network has running statistics.
pub(super) fn has_statistics<N: Parameters>(net: &N) -> bool {
    let mut found = false;
    net.tensors(&Path::ROOT, &mut |_, role, _| found |= role == Role::Buffer);
    found
}
