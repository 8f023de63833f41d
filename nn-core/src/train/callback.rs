//! Hooks into training.

use super::History;
use crate::optim::LayerSettings;
use crate::{Layer, Result};

/// What a callback sees of training, and what it may change.
#[non_exhaustive]
pub struct View<'a, N: Layer> {
    /// The network.
    pub network: &'a N,
    /// The number of the epoch; the first is 1.
    pub epoch: u64,
    /// How many batches of the epoch have been trained on.
    pub batch: usize,
    /// How many batches the epoch has.
    pub batches: usize,
    /// How many steps of the optimiser have been made in all.
    pub step: u64,
    /// The loss of the last batch; NaN before the first.
    pub batch_loss: f64,
    /// The mean loss of the epoch so far; NaN before the first batch.
    pub loss: f64,
    /// The learning rate of the next step.
    pub lr: f64,
    /// The settings of the layers, those included that a callback has set for the next step.
    pub layers: N::PerLayer<LayerSettings>,
    /// All epochs that are complete; in [`Callback::on_epoch_end`] the last one is the one that has ended.
    pub history: &'a History,
    pub(super) wishes: &'a mut Wishes<N>,
}

/// What callbacks want to be changed.
pub(super) struct Wishes<N: Layer> {
    pub(super) stop: bool,
    pub(super) lr_factor: Option<f64>,
    pub(super) layers: Option<N::PerLayer<LayerSettings>>,
}

impl<N: Layer> Default for Wishes<N> {
    fn default() -> Self {
        Self { stop: false, lr_factor: None, layers: None }
    }
}

impl<N: Layer> View<'_, N> {
    /// Ends training: after this batch, after this epoch where it has ended, and where one begins before it, so that it is not in the history.
    pub fn stop(&mut self) {
        self.wishes.stop = true;
    }

    /// Multiplies the learning rate by `factor` from the next step on, besides the schedule. It replaces an earlier factor.
    pub fn set_lr_factor(&mut self, factor: f64) {
        self.wishes.lr_factor = Some(factor);
    }

    /// Other settings for the layers from the next step on: to unfreeze one after the other. Where gradients are accumulated and a step has begun, from the
    /// one behind it on: all batches of a step are of the same layers.
    pub fn set_layers(&mut self, layers: N::PerLayer<LayerSettings>) {
        self.wishes.layers = Some(layers);
    }
}

/// What is called while a network is trained. Each hook does nothing unless it is written.
///
/// A hook that fails ends training with its error. For a hook after each epoch a closure is enough:
/// [`Trainer::on_epoch_end`](super::Trainer::on_epoch_end). What a callback keeps is not part of checkpoints.
///
/// ```
/// use nn_core::train::{Callback, View};
/// use nn_core::{Layer, Result};
///
/// /// Stops after a number of steps.
/// struct AtMost(u64);
///
/// impl<N: Layer> Callback<N> for AtMost {
///     fn on_batch_end(&mut self, view: &mut View<'_, N>) -> Result<()> {
///         if view.step >= self.0 {
///             view.stop();
///         }
///         Ok(())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no callback for this network",
    label = "expected a type with `impl Callback`, such as `Unfreeze`",
    note = "early stopping is a field of `Fit`: `Fit {{ early_stopping: Some(EarlyStopping::default()), ..Fit::default() }}`",
    note = "a closure goes to `Trainer::on_epoch_end` or `Trainer::on_batch_end`, a schedule to `Trainer::schedule`"
)]
pub trait Callback<N: Layer>: Send {
    /// Before the first epoch.
    ///
    /// # Errors
    /// What the callback says; training then ends.
    fn on_train_begin(&mut self, view: &mut View<'_, N>) -> Result<()> {
        let _ = view;
        Ok(())
    }

    /// Before each epoch.
    ///
    /// # Errors
    /// What the callback says; training then ends.
    fn on_epoch_begin(&mut self, view: &mut View<'_, N>) -> Result<()> {
        let _ = view;
        Ok(())
    }

    /// After each batch.
    ///
    /// # Errors
    /// What the callback says; training then ends.
    fn on_batch_end(&mut self, view: &mut View<'_, N>) -> Result<()> {
        let _ = view;
        Ok(())
    }

    /// After each epoch and its validation.
    ///
    /// # Errors
    /// What the callback says; training then ends.
    fn on_epoch_end(&mut self, view: &mut View<'_, N>) -> Result<()> {
        let _ = view;
        Ok(())
    }

    /// After the last epoch, unless training has ended with an error. The view is that of this epoch; before the first it has the number 0.
    ///
    /// # Errors
    /// What the callback says.
    fn on_train_end(&mut self, view: &mut View<'_, N>) -> Result<()> {
        let _ = view;
        Ok(())
    }
}

/// A closure that is called after each epoch.
pub(super) struct OnEpochEnd<F>(pub(super) F);

impl<N: Layer, F: FnMut(&mut View<'_, N>) + Send> Callback<N> for OnEpochEnd<F> {
    fn on_epoch_end(&mut self, view: &mut View<'_, N>) -> Result<()> {
        (self.0)(view);
        Ok(())
    }
}

/// A closure that is called after each batch.
pub(super) struct OnBatchEnd<F>(pub(super) F);

impl<N: Layer, F: FnMut(&mut View<'_, N>) + Send> Callback<N> for OnBatchEnd<F> {
    fn on_batch_end(&mut self, view: &mut View<'_, N>) -> Result<()> {
        (self.0)(view);
        Ok(())
    }
}
