//! A batch, and what comes after it.

use super::Run;
use crate::data::Batches;
use crate::optim::Optimizer;
use crate::train::accumulate::Accumulator;
use crate::train::checkpoint::Position;
use crate::train::diverged;
use crate::train::evaluate::check_target;
use crate::train::kept::Kept;
use crate::train::{Checkpoints, Every, Trainer};
use crate::{Error, Layer, Loss, Refused, Result, Value};
use std::time::Instant;

impl<N: Layer, L: Loss<N::Out, T>, O: Optimizer, T: Value> Run<'_, N, L, O, T> {
    /// Trains on one batch; false at the end of the epoch.
    pub(super) fn batch(&mut self) -> Result<bool> {
        let Self { trainer, fit, batches, workspace, gradients, accumulator, kept, .. } = self;
        let Trainer { net, loss, stepper, metrics, position, averaging, average, .. } = &mut **trainer;
        let last = position.batch + 1 == batches.batches_per_pass();
        let (mut kept, data) = (kept.kept(), batches.data());
        let Some(batch) = batches.next_of(kept.as_deref().map(Kept::targets))? else { return Ok(false) };
        if position.epoch == self.first {
            // In the first epoch, mostly every label comes by once. A run that was resumed may be of other data.
            check_target(loss, batch.y, batch.indices)?;
        }
        let (samples, weight) = (batch.indices.len(), loss.divisor(batch.y, batch.weights));
        let (epoch, step) = (position.epoch + 1, stepper.steps());

        let forward = match &mut kept {
            None => {
                Refused::check::<N>(N::In::shorten(batch.x), batch.indices)?;
                workspace.forward_train(net, N::In::shorten(batch.x))
            }
            Some(kept) => {
                let (route, values) = kept.batch(batch.indices)?;
                workspace.forward_train_from(net, N::In::shorten(batch.x), route, values)
            }
        };
        metrics.iter_mut().for_each(|metric| metric.update(forward.output(), batch.y, batch.weights));
        let scored = forward.weighted_loss::<T, L>(loss, batch.y, batch.weights);
        self.batch_loss = scored.value();
        if !self.batch_loss.is_finite() {
            // One that comes by later: what is left out at the end of the first epoch, or after a run was resumed.
            check_target(loss, batch.y, batch.indices)?;
            if kept.is_none() {
                return Err(diverged::loss((epoch, step), &scored, net, (batch.indices, batch.weights)));
            }
            // What is to blame may lie below what is kept: the same pass from the samples on.
            drop(scored);
            let (mut x, mut y) = (N::In::zeroed(samples), T::zeroed(samples));
            data.fill_for_training(position.epoch, batch.indices, N::In::borrow_mut(&mut x), T::borrow_mut(&mut y))?;
            workspace.set_step(workspace.step() - 1);
            let forward = workspace.forward_train(net, N::In::borrow(&x));
            let scored = forward.weighted_loss::<T, L>(loss, batch.y, batch.weights);
            return Err(diverged::loss((epoch, step), &scored, net, (batch.indices, batch.weights)));
        }
        position.passes += 1;
        position.batch += 1;
        position.samples += samples as u64;
        let (mut due, mut step_weight) = (true, weight);
        match accumulator {
            None => scored.backward(gradients),
            Some(accumulator) => {
                accumulator.add(scored, weight, gradients);
                due = last || position.batch.is_multiple_of(fit.accumulate);
                if due {
                    step_weight = accumulator.finish::<N>(gradients);
                }
            }
        }
        position.loss.add(self.batch_loss, weight);
        if due {
            if let Err(error) = diverged::check_gradients::<N>(epoch, step, gradients, workspace.team()) {
                return Err(sample_to_blame(batches, position, fit.accumulate, step)?.unwrap_or(error));
            }
            let stepped = stepper.step(net, gradients, workspace.team()).map_err(|error| diverged::at(epoch, error))?;
            position.lr = stepped.lr;
            // It is that of all batches of the step, between which no weight has changed.
            position.loss.raise(stepped.penalty, step_weight);
        }
        workspace.commit(net);
        if let (Some(averaging), true) = (*averaging, due) {
            let place = (position.epoch - position.fit_start, stepper.steps());
            average.after_step(averaging, place, net, workspace.team());
        }
        Ok(true)
    }

    /// What comes after a batch: callbacks, progress, a checkpoint.
    pub(super) fn after_batch(&mut self) -> Result<()> {
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
        let Some(Checkpoints { every: Every::Steps(steps), .. }) = &self.fit.checkpoints else { return Ok(()) };
        let step_done = self.accumulator.as_ref().is_none_or(Accumulator::is_empty);
        if step_done && self.trainer.stepper.steps().is_multiple_of(*steps) && !self.wishes.stop {
            self.trainer.remember_measured(self.started.elapsed().as_secs_f64());
            self.started = Instant::now();
            self.save()?;
        }
        Ok(())
    }
}

/// The error that names a sample of the last step that is not finite, if there is one.
fn sample_to_blame<X: Value, T: Value>(
    batches: &Batches<'_, X, T>,
    position: &Position,
    accumulate: usize,
    step: u64,
) -> Result<Option<Error>> {
    let (data, place) = (batches.data(), (position.epoch + 1, step));
    // The samples may not be there any more, if a step has several batches, or may never have been, if what is kept of them was enough.
    for batch in (position.batch - 1) / accumulate * accumulate..position.batch {
        let indices = batches.indices(batch);
        let (mut x, mut y) = (X::zeroed(indices.len()), T::zeroed(indices.len()));
        data.fill_for_training(position.epoch, indices, X::borrow_mut(&mut x), T::borrow_mut(&mut y))?;
        let weights = data.weights().map(|all| indices.iter().map(|&index| all[index]).collect::<Vec<_>>());
        let found = diverged::no_number::<X>(place, X::borrow(&x), (indices, weights.as_deref()), "a gradient");
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
