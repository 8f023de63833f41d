//! The training loop.

use super::accumulate::Accumulator;
use super::average::{Averaging, has_statistics};
use super::callback::{View, Wishes};
use super::checkpoint::Position;
use super::diverged;
use super::evaluate::{check_target, evaluate, weight};
use super::frozen_cache::{Place, Rules};
use super::kept::Kept;
use super::progress::Reporter;
use super::{Callback, Epoch, Every, Fit, FrozenCache, Trainer, Values};
use crate::data::{Batches, Pass};
use crate::metrics::Better;
use crate::optim::Optimizer;
use crate::schedule::{Plateau, ReduceOnPlateau};
use crate::storage::{Exact, Rotation};
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
    /// The epoch after the last.
    end: u64,
    /// When the epoch, or what is left of it, began.
    started: Instant,
    batch_loss: f64,
}

impl<'r, N: Layer, L: Loss<N::Out, T>, O: Optimizer, T: Value> Run<'r, N, L, O, T> {
    pub(super) fn new(
        trainer: &'r mut Trainer<N, L, O, T>,
        fit: &'r Fit<'r, N::In, T>,
        batches: Batches<'r, N::In, T>,
    ) -> Result<Self> {
        let team = trainer.shared_team();
        let validation = fit.validation.map(|data| Batches::new(data, fit.batch_size)).transpose()?;
        let validation = validation.map(|batches| batches.with_team(team.clone()));
        let seed = trainer.position.seed;
        let mut workspace = Workspace::with_team(batches.batch_size(), team).seed(seed);
        workspace.set_step(trainer.position.passes);
        workspace.set_trainable(trainer.stepper.trained());
        let gradients = trainer.net.grads();
        let end = trainer.position.fit_start + fit.epochs as u64;
        Ok(Self {
            fit,
            batches,
            validation,
            workspace,
            gradients,
            accumulator: (fit.accumulate > 1).then(Accumulator::default),
            kept: Place::new("training.features"),
            kept_validation: Place::new("validation.features"),
            rotation: fit.checkpoints.as_ref().map(super::Checkpoints::rotation),
            reporter: Reporter::new(fit.progress, end),
            wishes: Wishes::default(),
            layers_set: false,
            end,
            started: Instant::now(),
            batch_loss: f64::NAN,
            trainer,
        })
    }

    /// All epochs.
    pub(super) fn finish(mut self) -> Result<()> {
        if self.trainer.position.ended {
            return Ok(());
        }
        self.call(|callback, view| callback.on_train_begin(view))?;
        while self.trainer.position.epoch < self.end && !self.wishes.stop {
            self.epoch()?;
        }
        self.take_average()?;
        if self.fit.early_stopping.is_some_and(|early| early.restore_best) {
            self.trainer.best.restore(&mut self.trainer.net);
        }
        self.call(|callback, view| callback.on_train_end(view))?;
        self.trainer.position.ended = true;
        self.save()
    }

    /// Gives the network the average of its weights, if there is one, and statistics that belong to it.
    fn take_average(&mut self) -> Result<()> {
        let Self { trainer, batches, workspace, .. } = self;
        let Trainer { net, averaging, average, position, .. } = &mut **trainer;
        average.exchange(net);
        let averaged = core::mem::take(average).count > 0;
        if !averaged || !matches!(averaging, Some(Averaging::Swa(_))) || !has_statistics(net) {
            return Ok(());
        }
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

    /// What is left of an epoch, and what comes after its last batch.
    fn epoch(&mut self) -> Result<()> {
        let Position { epoch, batch, .. } = self.trainer.position;
        if batch == 0 {
            self.trainer.metrics.iter_mut().for_each(|metric| metric.reset());
        }
        self.call(|callback, view| callback.on_epoch_begin(view))?;
        self.started = Instant::now();
        self.keep()?;
        self.reporter.epoch(epoch + 1, self.batches.batches_per_pass(), batch);
        self.start_pass();
        while !self.wishes.stop && self.batch()? {
            self.after_batch()?;
        }
        let position = &self.trainer.position;
        let seconds = position.seconds + self.started.elapsed().as_secs_f64();
        let samples_per_second = position.samples as f64 / seconds;
        let mut values = self.trainer.running_values();
        let validated = Instant::now();
        let rules = self.rules();
        if let Some(validation) = &mut self.validation {
            let Trainer { net, loss, metrics, averaging, average, .. } = &mut *self.trainer;
            let by_average = matches!(averaging, Some(Averaging::Ema(_)));
            if by_average {
                average.exchange(net);
            }
            let (kept, taken) = (&mut self.kept_validation, self.kept.bytes());
            let rules = Rules { taken, training: false, ..rules };
            let updated = kept.update(net, &mut self.workspace, validation, rules, &mut self.reporter);
            let measured =
                updated.and_then(|_| evaluate(net, loss, metrics, &mut self.workspace, validation, kept.kept()));
            if by_average {
                average.exchange(net);
            }
            let measured = measured?;
            measured.iter().for_each(|(name, value)| values.push(format!("val_{name}"), value));
        }
        let seconds = seconds + validated.elapsed().as_secs_f64();
        let record = Epoch { epoch: epoch + 1, values, lr: self.trainer.position.lr, seconds, samples_per_second };
        self.reporter.epoch_end(&record);
        let Trainer { net, averaging, average, position, .. } = &mut *self.trainer;
        if let Some(averaging) = *averaging {
            average.after_epoch(averaging, epoch + 1 - position.fit_start, net, self.workspace.team());
        }
        self.trainer.position.history.push(record);
        self.watch();
        self.call(|callback, view| callback.on_epoch_end(view))?;
        self.trainer.position.next_epoch();
        self.save_epoch()
    }

    /// Begins, or goes on with, the pass through the data.
    fn start_pass(&mut self) {
        let Position { seed, epoch, batch, .. } = self.trainer.position;
        let pass = if self.fit.shuffle { Pass::training(seed, epoch) } else { Pass::training_in_order(epoch) };
        self.batches.start_pass(pass.skip(batch), self.kept.kept().is_some());
    }

    fn rules(&self) -> Rules<'r> {
        // What decides does not depend on where training is, so that a resumed run computes everything in the same way.
        let setting = if self.fit.epochs > 1 { &self.fit.frozen_cache } else { &FrozenCache::Off };
        Rules { setting, taken: 0, training: true, seed: self.trainer.position.seed }
    }

    /// Computes what the lower part of the network gives, if nothing learns there and it is not known.
    fn keep(&mut self) -> Result<()> {
        if self.batches.data().is_augmented() {
            return Ok(());
        }
        let rules = self.rules();
        let Self { trainer, batches, workspace, kept, kept_validation, reporter, .. } = self;
        if kept.update(&trainer.net, workspace, batches, rules, reporter)? {
            // It belongs to another part, and its memory may be needed.
            kept_validation.clear();
        }
        Ok(())
    }

    /// Trains on one batch; false at the end of the epoch.
    fn batch(&mut self) -> Result<bool> {
        let Self { trainer, fit, batches, workspace, gradients, accumulator, kept, .. } = self;
        let Trainer { net, loss, stepper, metrics, position, averaging, average, .. } = &mut **trainer;
        let last = position.batch + 1 == batches.batches_per_pass();
        let (mut kept, data) = (kept.kept(), batches.data());
        let Some(batch) = batches.next_of(kept.as_deref().map(Kept::targets))? else { return Ok(false) };
        if position.epoch == position.fit_start {
            // In the first epoch, every label comes by once.
            check_target(loss, batch.y, batch.indices)?;
        }
        let (samples, weight) = (batch.indices.len(), weight(batch.indices.len(), batch.weights));
        let (epoch, step) = (position.epoch + 1, stepper.steps());

        let forward = match &mut kept {
            None => workspace.forward_train(net, N::In::shorten(batch.x)),
            Some(kept) => {
                let (route, values) = kept.batch(batch.indices)?;
                workspace.forward_train_from(net, N::In::shorten(batch.x), route, values)
            }
        };
        metrics.iter_mut().for_each(|metric| metric.update(forward.output(), batch.y, batch.weights));
        let scored = forward.weighted_loss::<T, L>(loss, batch.y, batch.weights);
        self.batch_loss = scored.value();
        if !self.batch_loss.is_finite() {
            if kept.is_none() {
                return Err(diverged::loss(epoch, step, &scored, net));
            }
            // What is to blame may lie below what is kept: the same pass from the samples on.
            drop(scored);
            let (mut x, mut y) = (N::In::zeroed(samples), T::zeroed(samples));
            data.fill_for_training(position.epoch, batch.indices, N::In::borrow_mut(&mut x), T::borrow_mut(&mut y))?;
            workspace.set_step(workspace.step() - 1);
            let forward = workspace.forward_train(net, N::In::borrow(&x));
            let scored = forward.weighted_loss::<T, L>(loss, batch.y, batch.weights);
            return Err(diverged::loss(epoch, step, &scored, net));
        }
        position.passes += 1;
        position.batch += 1;
        position.samples += samples as u64;
        let mut due = true;
        match accumulator {
            None => scored.backward(gradients),
            Some(accumulator) => {
                accumulator.add(scored, weight, gradients);
                due = last || position.batch.is_multiple_of(fit.accumulate);
                if due {
                    accumulator.finish::<N>(gradients);
                }
            }
        }
        let mut penalty = 0.0;
        if due {
            diverged::check_gradients::<N>(epoch, step, gradients, workspace.team())?;
            let stepped = stepper.step(net, gradients, workspace.team()).map_err(|error| diverged::at(epoch, error))?;
            position.lr = stepped.lr;
            penalty = stepped.penalty;
        }
        workspace.commit(net);
        if let (Some(averaging), true) = (*averaging, due) {
            let place = (position.epoch - position.fit_start, stepper.steps());
            average.after_step(averaging, place, net, workspace.team());
        }
        position.loss.add(self.batch_loss + penalty, weight);
        Ok(true)
    }

    /// What comes after a batch: callbacks, progress, a checkpoint.
    fn after_batch(&mut self) -> Result<()> {
        if !self.trainer.callbacks.is_empty() {
            self.call(|callback, view| callback.on_batch_end(view))?;
            let Self { trainer, workspace, kept, .. } = self;
            if core::mem::take(&mut self.layers_set)
                && !kept.fits(&trainer.net, workspace.trainable(), trainer.position.seed)
            {
                kept.clear();
                self.start_pass();
            }
        }
        let Self { trainer, reporter, .. } = self;
        let Position { epoch, batch, samples, .. } = trainer.position;
        reporter.batch(epoch + 1, batch, samples, || trainer.running_values());
        let Some(super::Checkpoints { every: Every::Steps(steps), .. }) = &self.fit.checkpoints else { return Ok(()) };
        let step_done = self.accumulator.as_ref().is_none_or(Accumulator::is_empty);
        if step_done && self.trainer.stepper.steps().is_multiple_of(*steps) && !self.wishes.stop {
            self.trainer.remember_measured(self.started.elapsed().as_secs_f64());
            self.started = Instant::now();
            self.save()?;
        }
        Ok(())
    }

    /// The checkpoints that are due after an epoch.
    fn save_epoch(&mut self) -> Result<()> {
        let Some(checkpoints) = &self.fit.checkpoints else { return Ok(()) };
        if let (Some(name), Some(rotation)) = (checkpoints.best, &self.rotation) {
            let (better, value) = (self.trainer.better(name), self.trainer.last_value(name));
            if self.trainer.position.best_checkpoint.observe(better, value, 0.0) {
                rotation.save_best(&self.trainer.checkpoint_as_measured()?)?;
            }
        }
        let ended = self.trainer.position.epoch - self.trainer.position.fit_start;
        match checkpoints.every {
            // The last one is saved when all is done.
            Every::Epochs(epochs) if ended.is_multiple_of(epochs) && !self.wishes.stop => self.save(),
            _ => Ok(()),
        }
    }

    /// Early stopping, and the learning rate that follows a number.
    fn watch(&mut self) {
        let trainer = &mut *self.trainer;
        if let Some(early) = self.fit.early_stopping {
            let (better, value) = (trainer.better(early.monitor), trainer.last_value(early.monitor));
            if trainer.position.early_stopping.observe(better, value, early.min_delta) {
                if early.restore_best {
                    let average = matches!(trainer.averaging, Some(Averaging::Ema(_))).then_some(&trainer.average);
                    match average.filter(|average| average.count > 0) {
                        Some(average) => trainer.best.copy(&average.weights),
                        None => trainer.best.take(&trainer.net),
                    }
                }
            } else if trainer.position.early_stopping.waited() >= early.patience {
                self.wishes.stop = true;
                self.reporter.say(&format!(
                    "stopped early: `{}` has been no better for {} epochs",
                    early.monitor, early.patience
                ));
            }
        }
        if let Some((name, config)) = trainer.plateau {
            let better = trainer.better(name);
            let value = trainer.last_value(name);
            let plateau = trainer.position.plateau.get_or_insert_with(|| ReduceOnPlateau { better, ..config }.watch());
            plateau.observe(value);
            trainer.set_lr_factor();
        }
    }

    /// Calls a hook of every callback, then does what they want.
    fn call(&mut self, mut hook: impl FnMut(&mut dyn Callback<N>, &mut View<'_, N>) -> Result<()>) -> Result<()> {
        let Trainer { net, stepper, position, callbacks, .. } = &mut *self.trainer;
        for callback in callbacks {
            let mut view = View {
                network: net,
                epoch: position.epoch + 1,
                batch: position.batch,
                batches: self.batches.batches_per_pass(),
                step: stepper.steps(),
                batch_loss: self.batch_loss,
                loss: position.loss.value(),
                lr: stepper.lr(),
                layers: stepper.layer_settings(),
                history: &position.history,
                wishes: &mut self.wishes,
            };
            hook(&mut **callback, &mut view)?;
        }
        if let Some(layers) = self.wishes.layers.take() {
            stepper.set_layers(layers);
            position.remember_layers::<N>(layers);
            self.workspace.set_trainable(stepper.trained());
            self.layers_set = true;
        }
        if let Some(factor) = self.wishes.lr_factor.take() {
            position.lr_factor = Some(factor);
            self.trainer.set_lr_factor();
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

impl<N: Layer, L, O: Optimizer, T: Value> Trainer<N, L, O, T> {
    /// Loss and metrics of the epoch so far.
    fn running_values(&self) -> Values {
        let mut values = Values::from_iter([("loss", self.position.loss.value())]);
        self.metrics.iter().for_each(|metric| values.push(metric.name(), metric.value()));
        values
    }

    /// Writes what the epoch has measured so far into the position, for a checkpoint in its middle.
    fn remember_measured(&mut self, seconds: f64) {
        self.position.seconds += seconds;
        self.position.metrics =
            self.metrics.iter().map(|metric| metric.state().into_iter().map(Exact).collect()).collect();
    }

    /// The last value of a number of the history.
    fn last_value(&self, name: &str) -> f64 {
        self.position.history.last().and_then(|epoch| epoch.values.get(name)).unwrap_or(f64::NAN)
    }

    /// Whether more of a number of the history is better.
    fn better(&self, name: &str) -> Better {
        let name = name.strip_prefix("val_").unwrap_or(name);
        self.metrics.iter().find(|metric| metric.name() == name).map_or(Better::Lower, |metric| metric.better())
    }

    /// The factor of the learning rate: what callbacks want, times what the plateau says.
    fn set_lr_factor(&mut self) {
        let plateau = self.position.plateau.as_ref().map_or(1.0, Plateau::factor);
        self.stepper.set_lr_factor(plateau * self.position.lr_factor.unwrap_or(1.0));
    }
}
