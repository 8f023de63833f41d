//! An epoch: what is kept of the frozen part, the pass through the data, validation.

use super::Run;
use crate::data::Pass;
use crate::optim::Optimizer;
use crate::train::accumulate::Accumulator;
use crate::train::average::Averaging;
use crate::train::checkpoint::Position;
use crate::train::evaluate::evaluate;
use crate::train::frozen_cache::Rules;
use crate::train::{Epoch, FrozenCache, Trainer, Values};
use crate::{Layer, Loss, Result, Value};
use std::time::Instant;

impl<'r, N: Layer, L: Loss<N::Out, T>, O: Optimizer, T: Value> Run<'r, N, L, O, T> {
    /// What is left of an epoch, and what comes after its last batch.
    pub(super) fn epoch(&mut self) -> Result<()> {
        let Position { epoch, batch, .. } = self.trainer.position;
        if batch == 0 {
            self.trainer.metrics.iter_mut().for_each(|metric| metric.reset());
        }
        self.call(|callback, view| callback.on_epoch_begin(view))?;
        if self.wishes.stop && batch == 0 {
            // Nothing has been measured, and an epoch of nothing is none.
            return Ok(());
        }
        self.started = Instant::now();
        self.keep()?;
        self.reporter.epoch(epoch + 1, self.batches.batches_per_pass(), batch);
        self.start_pass();
        while !self.wishes.stop && self.batch()? {
            self.after_batch()?;
        }
        // What is left of a step that a callback has stopped half-way.
        self.accumulator = self.accumulator.map(|_| Accumulator::default());
        let position = &self.trainer.position;
        let seconds = position.seconds + self.started.elapsed().as_secs_f64();
        let samples_per_second = position.samples as f64 / seconds;
        let mut values = self.trainer.running_values();
        let validated = Instant::now();
        self.validate(&mut values)?;
        let seconds = seconds + validated.elapsed().as_secs_f64();
        let record = Epoch { epoch: epoch + 1, values, lr: self.trainer.position.lr, seconds, samples_per_second };
        self.reporter.epoch_end(&record);
        let Trainer { net, averaging, average, position, .. } = &mut *self.trainer;
        if let Some(averaging) = *averaging {
            average.after_epoch(averaging, epoch + 1 - position.fit_start, net, self.workspace.team());
        }
        self.trainer.position.history.push(record);
        self.watch();
        let called = self.call(|callback, view| callback.on_epoch_end(view));
        // Whatever callbacks say, the epoch is over: the history has it.
        self.last_batch = self.trainer.position.batch;
        self.trainer.position.next_epoch();
        called?;
        self.save_epoch()
    }

    /// Adds loss and metrics on the data for validation, by the average of the weights where there is a moving one.
    fn validate(&mut self, values: &mut Values) -> Result<()> {
        let rules = Rules { taken: self.kept.bytes(), training: false, ..self.rules() };
        let Some(validation) = &mut self.validation else { return Ok(()) };
        let Trainer { net, loss, metrics, averaging, average, .. } = &mut *self.trainer;
        let by_average = matches!(averaging, Some(Averaging::Ema(_)));
        if by_average {
            average.exchange(net);
        }
        let kept = &mut self.kept_validation;
        let updated = kept.update(net, &mut self.workspace, validation, rules, &mut self.reporter);
        let measured = updated.and_then(|_| evaluate(net, loss, metrics, &mut self.workspace, validation, kept.kept()));
        if by_average {
            average.exchange(net);
        }
        measured?.iter().for_each(|(name, value)| values.push(format!("val_{name}"), value));
        Ok(())
    }

    /// Begins, or goes on with, the pass through the data.
    pub(super) fn start_pass(&mut self) {
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
}
