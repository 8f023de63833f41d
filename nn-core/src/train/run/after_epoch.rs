//! What follows from the numbers of an epoch: early stopping, the learning rate, checkpoints.

use super::Run;
use crate::metrics::Better;
use crate::optim::Optimizer;
use crate::schedule::{Plateau, ReduceOnPlateau};
use crate::storage::Exact;
use crate::train::average::Averaging;
use crate::train::checkpoint::Position;
use crate::train::snapshot::Snapshot;
use crate::train::values::number;
use crate::train::{Every, Trainer, Values};
use crate::{Layer, Loss, Result, Value};

impl<N: Layer, L: Loss<N::Out, T>, O: Optimizer, T: Value> Run<'_, N, L, O, T> {
    /// Early stopping, and the learning rate that follows a number.
    pub(super) fn watch(&mut self) {
        let trainer = &mut *self.trainer;
        if let Some(early) = self.fit.early_stopping {
            let (better, value) = (trainer.better(early.monitor), trainer.last_value(early.monitor));
            if trainer.position.early_stopping.follow(early.monitor) {
                trainer.best = Snapshot::default();
            }
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
                let Position { epoch, early_stopping: best, .. } = &trainer.position;
                let waited = best.waited();
                let epochs = if waited == 1 { "1 epoch".to_owned() } else { format!("{waited} epochs") };
                let back = if early.restore_best { ", whose weights are taken back" } else { "" };
                let than = match best.value() {
                    value if value.is_nan() => "has been no number".to_owned(),
                    value => {
                        format!("was {} in epoch {}{back}, and no better", number(value), *epoch + 1 - waited as u64)
                    }
                };
                self.reporter.say(&format!("stopped early: `{}` {than} for {epochs}", early.monitor));
            }
        }
        if let Some((name, config)) = trainer.plateau {
            let config = ReduceOnPlateau { better: trainer.better(name), ..config };
            let value = trainer.last_value(name);
            trainer.position.plateau_of(name, config).observe(value);
            trainer.apply_lr_factor();
        }
    }

    /// The checkpoints that are due after an epoch.
    pub(super) fn save_epoch(&mut self) -> Result<()> {
        let Some(checkpoints) = &self.fit.checkpoints else { return Ok(()) };
        if let (Some(name), Some(rotation)) = (checkpoints.best, &self.rotation) {
            let (better, value) = (self.trainer.better(name), self.trainer.last_value(name));
            let best = &mut self.trainer.position.best_checkpoint;
            best.follow(name);
            if best.observe(better, value, 0.0) {
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
}

impl<N: Layer, L, O: Optimizer, T: Value> Trainer<N, L, O, T> {
    /// Loss and metrics of the epoch so far.
    pub(super) fn running_values(&self) -> Values {
        let mut values = Values::from_iter([("loss", self.position.loss.value())]);
        self.metrics.iter().for_each(|metric| values.push(metric.name(), metric.value()));
        values
    }

    /// Writes what the epoch has measured so far into the position, for a checkpoint in its middle.
    pub(super) fn remember_measured(&mut self, seconds: f64) {
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
    pub(in crate::train) fn apply_lr_factor(&mut self) {
        let plateau = self.position.plateau.as_ref().map_or(1.0, Plateau::factor);
        self.stepper.set_lr_factor(plateau * self.position.lr_factor.unwrap_or(1.0));
    }
}
