//! What is checked and set before the first batch.

use super::average::Average;
use super::checkpoint::{DataOrder, Position};
use super::early_stopping::Best;
use super::snapshot::Snapshot;
use super::{Checkpoints, Fit, Trainer};
use crate::optim::Optimizer;
use crate::storage::Exact;
use crate::{Error, Layer, Loss, Result, Value};

/// What stands in an epoch of the history besides `loss` and metrics; numbers on validation data begin with `val_`.
const HISTORY: [&str; 4] = ["epoch", "lr", "seconds", "samples_per_second"];

impl<N: Layer, L: Loss<N::Out, T>, O: Optimizer, T: Value> Trainer<N, L, O, T> {
    /// Whether loss, metrics, optimiser and what changes its learning rate have numbers that make sense.
    pub(super) fn check(&self) -> Result<()> {
        self.loss.check()?;
        self.stepper.check()?;
        self.plateau.map_or(Ok(()), |(_, plateau)| plateau.check())?;
        for (i, metric) in self.metrics.iter().enumerate() {
            metric.check()?;
            let name = metric.name();
            if name == "loss" || self.metrics[..i].iter().any(|other| other.name() == name) {
                let problem = format!("two of them give `{name}`; leave one out, or name it (`metrics::On::named`)");
                return Err(Error::argument("Trainer::metric", problem));
            }
            if HISTORY.contains(&&*name) || name.starts_with("val_") {
                let problem = format!(
                    "one gives `{name}`, but that is what the history calls a number of its own; name it otherwise (`metrics::On::named`)"
                );
                return Err(Error::argument("Trainer::metric", problem));
            }
        }
        Ok(())
    }

    /// A call of `fit` begins: a new one, or what is left of the one that the checkpoint is of. Nothing is changed if something is
    /// wrong.
    pub(super) fn begin(&mut self, fit: &Fit<'_, N::In, T>, samples: usize) -> Result<()> {
        self.check()?;
        fit.check()?;
        self.check_names(fit)?;
        // A callback may let a layer learn yet.
        if self.callbacks.is_empty() {
            check_learns::<N>("Trainer::fit", self.learning())?;
        }
        let restores_best = fit.early_stopping.is_some_and(|early| early.restore_best);
        self.averaging.map_or(Ok(()), |averaging| averaging.check(fit.epochs, restores_best))?;
        fit.checkpoints.as_ref().map_or(Ok(()), |checkpoints| self.check_folder(checkpoints))?;
        let order = DataOrder {
            samples,
            batch_size: fit.batch_size,
            shuffle: fit.shuffle,
            drop_last: fit.drop_last,
            accumulate: fit.accumulate,
        };
        let position = &mut self.position;
        if self.resumed && position.batch > 0 && position.data != order {
            let problem = format!(
                "the checkpoint was saved in the middle of an epoch over {}, but now it is {order}; make them the same",
                position.data
            );
            return Err(Error::argument("Trainer::resume", problem));
        }
        let best =
            fit.checkpoints.as_ref().and_then(|checkpoints| Some((checkpoints.folder.clone(), checkpoints.best?)));
        // A file of the same place and number is replaced by what is better only, whichever call has saved it.
        let same_best = best.is_none() || best == self.best_place;
        self.best_place = best.or(self.best_place.take());
        if !self.resumed {
            self.best = Snapshot::default();
            self.average = Average::default();
            *position = Position {
                seed: position.seed,
                epoch: position.epoch,
                fit_start: position.epoch,
                passes: position.passes,
                plateau: position.plateau,
                plateau_monitor: position.plateau_monitor.take(),
                lr_factor: position.lr_factor,
                layers: position.layers.take(),
                best_checkpoint: if same_best {
                    core::mem::take(&mut position.best_checkpoint)
                } else {
                    Best::default()
                },
                data: order,
                ..Position::default()
            };
            return Ok(());
        }
        self.resumed = false;
        position.data = order;
        // In another folder, or where the file was removed, the first one is the best.
        if fit.checkpoints.as_ref().is_some_and(|checkpoints| checkpoints.rotation().best().is_none()) {
            position.best_checkpoint = Best::default();
        }
        for (metric, state) in self.metrics.iter_mut().zip(&position.metrics) {
            metric.restore(&state.iter().map(|&Exact(number)| number).collect::<Vec<_>>());
        }
        Ok(())
    }

    /// That every number that is watched will be in the history.
    fn check_names(&self, fit: &Fit<'_, N::In, T>) -> Result<()> {
        let mut names = vec!["loss".to_owned()];
        names.extend(self.metrics.iter().map(|metric| metric.name()));
        if fit.validation.is_some() {
            names.extend(names.clone().iter().map(|name| format!("val_{name}")));
        }
        let watched = [
            ("EarlyStopping::monitor", fit.early_stopping.map(|early| early.monitor)),
            ("Checkpoints::best", fit.checkpoints.as_ref().and_then(|checkpoints| checkpoints.best)),
            ("Trainer::reduce_on_plateau", self.plateau.map(|(name, _)| name)),
        ];
        for (what, name) in watched {
            let Some(name) = name.filter(|name| !names.iter().any(|other| other == name)) else { continue };
            let hint = match fit.validation {
                None if name.starts_with("val_") => "; for it, `Fit::validation` is needed",
                _ => "",
            };
            let problem = format!("there is no `{name}`; what is measured is `{}`{hint}", names.join("`, `"));
            return Err(Error::argument(what, problem));
        }
        Ok(())
    }

    /// That the folder of the checkpoints has none of another run, which would be mixed up with the new ones: the next
    /// [`Trainer::resume`] takes the one with the highest number.
    fn check_folder(&self, checkpoints: &Checkpoints) -> Result<()> {
        let mut newer = checkpoints.rotation().all()?;
        newer.retain(|(number, _)| *number > self.stepper.steps());
        let Some((_, latest)) = newer.last() else { return Ok(()) };
        let problem = if self.resumed {
            let files: Vec<_> = newer.iter().map(|(_, file)| format!("`{}`", file.display())).collect();
            format!(
                "training goes on from step {}, but there are checkpoints of later steps: {}; remove them, or use another folder",
                self.stepper.steps(),
                files.join(", ")
            )
        } else {
            format!(
                "there is `{}` of an earlier run; call `Trainer::resume` to go on with that run, or use another folder",
                latest.display()
            )
        };
        Err(Error::argument("Checkpoints::folder", problem))
    }
}

/// That some samples count.
pub(super) fn check_weights(what: &str, weights: Option<&[f32]>) -> Result<()> {
    match weights {
        Some(weights) if weights.iter().all(|&weight| weight == 0.0) => {
            let problem = format!(
                "all {} samples of {what} have weight 0, so that nothing counts; leave them out",
                weights.len()
            );
            Err(Error::argument("Trainer::fit", problem))
        }
        _ => Ok(()),
    }
}

/// That some layer learns.
pub(super) fn check_learns<N: Layer>(call: &'static str, learning: N::PerLayer<bool>) -> Result<()> {
    if N::any(learning) {
        return Ok(());
    }
    let problem = if N::PARAMS == 0 {
        "the network has no parameters that learn: all are frozen by `#[frozen]` or by a plan, or there are none; let a line learn, or call `evaluate`"
    } else {
        "all layers are frozen, so that nothing learns; let some learn by `Trainer::train_only` or by `train: true` in the `LayerSettings` of \
         `Trainer::layers`"
    };
    Err(Error::argument(call, problem))
}
