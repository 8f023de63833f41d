//! The training loop: all epochs of one call of `fit`.

mod after_epoch;
mod batch;
mod epoch;

use super::accumulate::Accumulator;
use super::average::{Average, Averaging, has_statistics};
use super::callback::{View, Wishes};
use super::frozen_cache::Place;
use super::progress::Reporter;
use super::{Callback, Checkpoints, Fit, Trainer};
use crate::data::{Batches, Pass};
use crate::optim::Optimizer;
use crate::storage::Rotation;
use crate::{Layer, Loss, Result, Value, Workspace};
use std::time::Instant;

/// One call of `fit`.
pub(super) struct Run<'r, N: Layer, L, O, T: Value> {
    trainer: &'r mut Trainer<N, L, O, T>,
    fit: &'r Fit<'r, N::In, T>,
    batches: Batches<'r, N::In, T>,
    validation: Option<Batches<'r, N::In, T>>,
    workspace: Workspace<N>,
    gradients: N::Grads,
    accumulator: Option<Accumulator>,
    /// Outputs of a part of the network in which nothing learns, for the samples and for those of validation.
    kept: Place<T>,
    kept_validation: Place<T>,
    rotation: Option<Rotation>,
    reporter: Reporter,
    wishes: Wishes<N>,
    /// A callback has set what learns.
    layers_set: bool,
    /// The first epoch that this call trains, and the one after the last.
    first: u64,
    end: u64,
    /// When the epoch, or what is left of it, began.
    started: Instant,
    batch_loss: f64,
    /// How many batches the last epoch had.
    last_batch: usize,
}

impl<'r, N: Layer, L: Loss<N::Out, T>, O: Optimizer, T: Value> Run<'r, N, L, O, T> {
    pub(super) fn new(
        trainer: &'r mut Trainer<N, L, O, T>,
        fit: &'r Fit<'r, N::In, T>,
        batches: Batches<'r, N::In, T>,
        validation: Option<Batches<'r, N::In, T>>,
    ) -> Self {
        let team = trainer.shared_team();
        let seed = trainer.position.seed;
        let mut workspace = Workspace::with_team(batches.batch_size(), team).seed(seed);
        workspace.set_step(trainer.position.passes);
        workspace.set_trainable(trainer.stepper.trained());
        let gradients = trainer.net.grads();
        let (first, end) = (trainer.position.epoch, trainer.position.fit_start + fit.epochs as u64);
        Self {
            fit,
            batches,
            validation,
            workspace,
            gradients,
            accumulator: (fit.accumulate > 1).then(Accumulator::default),
            kept: Place::new("training.features"),
            kept_validation: Place::new("validation.features"),
            rotation: fit.checkpoints.as_ref().map(Checkpoints::rotation),
            reporter: Reporter::new(fit.progress, end),
            wishes: Wishes::default(),
            layers_set: false,
            first,
            end,
            started: Instant::now(),
            batch_loss: f64::NAN,
            last_batch: 0,
            trainer,
        }
    }

    /// All epochs.
    pub(super) fn finish(mut self) -> Result<()> {
        if self.trainer.position.ended {
            if self.trainer.position.stopped || self.trainer.position.epoch >= self.end {
                return Ok(());
            }
            self.go_on();
        }
        self.leave_average();
        self.call(|callback, view| callback.on_train_begin(view))?;
        while self.trainer.position.epoch < self.end && !self.wishes.stop {
            self.epoch()?;
        }
        self.trainer.position.stopped = self.wishes.stop;
        self.take_average()?;
        self.trainer.position.restored = self.fit.early_stopping.is_some_and(|early| early.restore_best);
        if self.trainer.position.restored {
            self.trainer.best.exchange(&mut self.trainer.net);
        }
        let trained = self.last_place();
        self.call_at(trained, |callback, view| callback.on_train_end(view))?;
        self.trainer.position.ended = true;
        self.save()?;
        // The weights of the last step, which a checkpoint needs for more epochs.
        (self.trainer.best, self.trainer.average) = Default::default();
        Ok(())
    }

    /// Takes back what the end of the run has done to the network, as if it had been meant to be longer.
    fn go_on(&mut self) {
        let Trainer { net, best, average, position, .. } = &mut *self.trainer;
        if position.restored {
            best.exchange(net);
        }
        average.exchange(net);
        (position.ended, position.restored) = (false, false);
    }

    /// Leaves out the average of a checkpoint where the trainer takes none of that kind: it would stay as it is, and yet be given in the end.
    fn leave_average(&mut self) {
        let Trainer { averaging, average, position, .. } = &mut *self.trainer;
        let kind = averaging.map(Averaging::kind);
        // Files of before do not tell their kind.
        if average.count > 0 && (kind.is_none() || position.averaging.is_some_and(|before| Some(before) != kind)) {
            *average = Average::default();
            let what =
                "the average of the weights in the checkpoint is left out, as the trainer takes none of its kind";
            self.reporter.say(&format!("{what}; `Trainer::ema` or `Trainer::swa`, as it was before, goes on with it"));
        }
        position.averaging = kind;
    }

    /// Gives the network the average of its weights, if there is one, and statistics that belong to it. What was the average is the weights of
    /// the last step then.
    fn take_average(&mut self) -> Result<()> {
        let Self { trainer, batches, workspace, .. } = self;
        let Trainer { net, averaging, average, position, .. } = &mut **trainer;
        average.exchange(net);
        if average.count == 0 || !matches!(averaging, Some(Averaging::Swa(_))) || !has_statistics(net) {
            return Ok(());
        }
        // What is frozen now keeps its last ones, as `go_on` finds them again: a longer run averages nothing that this pass has computed.
        average.give_statistics(net);
        workspace.set_step(position.passes);
        batches.start(Pass::training_in_order(position.epoch));
        let mut passes = 0.0;
        loop {
            let batch = batches.next_batch()?;
            let Some(batch) = batch else { break };
            let _ = workspace.forward_train(net, batch.x);
            passes += 1.0;
            workspace.commit_with_momentum(net, 1.0 / passes);
        }
        Ok(())
    }

    /// The epoch that has ended last, its batches and its loss.
    fn last_place(&self) -> (u64, usize, f64) {
        let position = &self.trainer.position;
        let loss = position.history.last().and_then(|epoch| epoch.values.get("loss")).unwrap_or(f64::NAN);
        (position.epoch, self.last_batch, loss)
    }

    /// Calls a hook of every callback, then does what they want.
    fn call(&mut self, hook: impl FnMut(&mut dyn Callback<N>, &mut View<'_, N>) -> Result<()>) -> Result<()> {
        let position = &self.trainer.position;
        self.call_at((position.epoch + 1, position.batch, position.loss.value()), hook)
    }

    /// The same, with the epoch, its batches and the loss that callbacks see.
    fn call_at(
        &mut self,
        (epoch, batch, loss): (u64, usize, f64),
        mut hook: impl FnMut(&mut dyn Callback<N>, &mut View<'_, N>) -> Result<()>,
    ) -> Result<()> {
        let Trainer { net, stepper, position, callbacks, .. } = &mut *self.trainer;
        for callback in callbacks {
            let mut view = View {
                network: net,
                epoch,
                batch,
                batches: self.batches.batches_per_pass(),
                step: stepper.steps(),
                batch_loss: self.batch_loss,
                loss,
                lr: stepper.lr(),
                layers: self.wishes.layers.unwrap_or_else(|| stepper.layer_settings()),
                history: &position.history,
                wishes: &mut self.wishes,
            };
            hook(&mut **callback, &mut view)?;
        }
        // All batches of a step are of the same layers: what begins to learn between them would have a part of its gradient, or an old one.
        let between_steps = self.accumulator.as_ref().is_none_or(Accumulator::is_empty);
        if between_steps && let Some(layers) = self.wishes.layers.take() {
            stepper.set_layers(layers);
            position.remember_layers::<N>(layers);
            self.workspace.set_trainable(stepper.trained());
            self.layers_set = true;
        }
        if let Some(factor) = self.wishes.lr_factor.take() {
            position.lr_factor = Some(factor);
            self.trainer.apply_lr_factor();
        }
        Ok(())
    }

    fn save(&self) -> Result<()> {
        if let Some(rotation) = &self.rotation {
            rotation.save(self.trainer.stepper.steps(), &self.trainer.checkpoint()?)?;
        }
        Ok(())
    }
}
