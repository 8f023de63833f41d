//! How to train.

use super::{Checkpoints, EarlyStopping, FrozenCache, Progress};
use crate::data::Dataset;
use crate::{Error, Result, Value};
use core::fmt;

/// What [`Trainer::fit`](super::Trainer::fit) is told besides the data. Name what differs from the default:
///
/// ```
/// use nn_core::data::Samples;
/// use nn_core::train::{EarlyStopping, Fit};
/// let test = Samples::new([[0.0_f32, 1.0]], [1_u32])?;
/// let fit = Fit {
///     epochs: 20,
///     batch_size: 128,
///     validation: Some(&test),
///     early_stopping: Some(EarlyStopping::default()),
///     ..Fit::default()
/// };
/// # let _ = fit;
/// # Ok::<(), nn_core::Error>(())
/// ```
pub struct Fit<'a, X: Value, T: Value> {
    /// How many times training goes through the data. 1 unless set. After [`Trainer::resume`](super::Trainer::resume) these are the epochs of the
    /// whole run, those that are done included.
    pub epochs: usize,
    /// How many samples a step takes. The last batch of an epoch may be smaller. 32 unless set.
    pub batch_size: usize,
    /// Data on which loss and metrics are measured after each epoch.
    pub validation: Option<&'a dyn Dataset<X, T>>,
    /// Whether each epoch has an order of its own, drawn from the trainer's seed. Yes unless set.
    pub shuffle: bool,
    /// Whether a last batch that is smaller is left out. No unless set.
    pub drop_last: bool,
    /// Over how many batches gradients are averaged before a step, for batches that memory does not hold. Each counts what its loss was divided by
    /// ([`Loss::divisor`](crate::Loss::divisor)), so that the step is that of one large batch. 1 unless set.
    pub accumulate: usize,
    /// When to stop before the last epoch.
    pub early_stopping: Option<EarlyStopping>,
    /// Where and how often to save what is needed to go on after a crash.
    pub checkpoints: Option<Checkpoints>,
    /// What to show on the way.
    pub progress: Progress,
    /// How many batches a thread loads ahead. 0 (no thread) unless set, which is best for data in memory.
    pub prefetch: usize,
    /// Where to keep what the lower part of the network gives for each sample while nothing in it learns; [`FrozenCache`] says when this is
    /// done. In memory, up to 1 GiB, unless set.
    pub frozen_cache: FrozenCache,
}

impl<X: Value, T: Value> Default for Fit<'_, X, T> {
    fn default() -> Self {
        Self {
            epochs: 1,
            batch_size: 32,
            validation: None,
            shuffle: true,
            drop_last: false,
            accumulate: 1,
            early_stopping: None,
            checkpoints: None,
            progress: Progress::Auto,
            prefetch: 0,
            frozen_cache: FrozenCache::default(),
        }
    }
}

impl<X: Value, T: Value> Fit<'_, X, T> {
    /// Whether the numbers make sense.
    pub(super) fn check(&self) -> Result<()> {
        if self.accumulate == 0 {
            return Err(Error::argument("Fit::accumulate", "0 batches for a step; use 1 for a step after every batch"));
        }
        self.early_stopping.map_or(Ok(()), |early| early.check())?;
        self.checkpoints.as_ref().map_or(Ok(()), Checkpoints::check)
    }
}

impl<X: Value, T: Value> Clone for Fit<'_, X, T> {
    fn clone(&self) -> Self {
        Self { checkpoints: self.checkpoints.clone(), frozen_cache: self.frozen_cache.clone(), ..*self }
    }
}

impl<X: Value, T: Value> fmt::Debug for Fit<'_, X, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fit")
            .field("epochs", &self.epochs)
            .field("batch_size", &self.batch_size)
            .field("validation", &self.validation.map(Dataset::describe))
            .field("shuffle", &self.shuffle)
            .field("drop_last", &self.drop_last)
            .field("accumulate", &self.accumulate)
            .field("early_stopping", &self.early_stopping)
            .field("checkpoints", &self.checkpoints)
            .field("progress", &self.progress)
            .field("prefetch", &self.prefetch)
            .field("frozen_cache", &self.frozen_cache)
            .finish()
    }
}
