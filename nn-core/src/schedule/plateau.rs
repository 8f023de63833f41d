//! A smaller learning rate when a metric gets no better.

use crate::storage::Exact;
use crate::{Better, Error, Result};
use serde::{Deserialize, Serialize};

/// Multiplies the learning rate by `factor` when a metric has not become better for more than `patience` observations.
///
/// Better means below `best · (1 − threshold)` for [`Better::Lower`] and above `best · (1 + threshold)` for [`Better::Higher`]; a NaN is
/// never better. The defaults are those of PyTorch's `ReduceLROnPlateau`. It follows a metric, so it has a state and is no
/// [`Schedule`](super::Schedule): [`Plateau`] is observed, usually once an epoch, and its factor is given to
/// [`Stepper::set_lr_factor`](crate::optim::Stepper::set_lr_factor).
///
/// ```
/// use nn_core::schedule::ReduceOnPlateau;
/// let mut plateau = ReduceOnPlateau { patience: 1, ..ReduceOnPlateau::default() }.watch();
/// assert_eq!([0.9, 0.8, 0.8, 0.8, 0.7].map(|loss| plateau.observe(loss)), [1.0, 1.0, 1.0, 0.1, 0.1]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReduceOnPlateau {
    /// Whether more or less is better.
    pub better: Better,
    /// What the learning rate is multiplied by, in 0..1.
    pub factor: f64,
    /// How many observations in a row may be no better without consequence.
    pub patience: u64,
    /// The relative change that counts as better.
    pub threshold: f64,
    /// How many observations after a change are not counted against the patience.
    pub cooldown: u64,
    /// The factor never falls below this (PyTorch: `min_lr`, there as a learning rate).
    pub minimum: f64,
}

impl Default for ReduceOnPlateau {
    fn default() -> Self {
        Self { better: Better::Lower, factor: 0.1, patience: 10, threshold: 1e-4, cooldown: 0, minimum: 0.0 }
    }
}

impl ReduceOnPlateau {
    /// A start without observations.
    pub const fn watch(self) -> Plateau {
        Plateau { config: self, best: None, waited: 0, cooling: 0, factor: 1.0 }
    }

    /// A start without observations that goes on with the factor of another.
    pub(crate) const fn watch_from(self, factor: f64) -> Plateau {
        Plateau { factor, ..self.watch() }
    }

    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// [`Error::Argument`] if `factor` is not in 0..1 or `threshold` negative, or `minimum` not in 0..=1.
    pub fn check(&self) -> Result<()> {
        if !(0.0..1.0).contains(&self.factor) {
            let problem = format!("{} would not make the learning rate smaller; use a number in 0..1", self.factor);
            return Err(Error::argument("ReduceOnPlateau::factor", problem));
        }
        for (what, value) in
            [("ReduceOnPlateau::threshold", self.threshold), ("ReduceOnPlateau::minimum", self.minimum)]
        {
            if !(value >= 0.0 && value.is_finite()) {
                return Err(Error::argument(what, format!("{value} is no number of 0 or more")));
            }
        }
        if self.minimum > 1.0 {
            let problem = format!(
                "{} would make the learning rate larger; use a factor of it in 0..=1 (1e-3 is a thousandth of the optimiser's)",
                self.minimum
            );
            return Err(Error::argument("ReduceOnPlateau::minimum", problem));
        }
        Ok(())
    }
}

/// The state of [`ReduceOnPlateau`]. It serialises, so that a run that goes on from a checkpoint waits no longer than one that never stopped.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plateau {
    config: ReduceOnPlateau,
    best: Option<Exact>,
    waited: u64,
    cooling: u64,
    factor: f64,
}

impl Plateau {
    /// Takes the metric's next value; returns the factor of the learning rate from now on.
    pub fn observe(&mut self, value: f64) -> f64 {
        let ReduceOnPlateau { better: direction, factor, patience, threshold, cooldown, minimum } = self.config;
        let better = self.best.is_none_or(|Exact(best)| match direction {
            Better::Lower => value < best * (1.0 - threshold),
            Better::Higher => value > best * (1.0 + threshold),
        });
        if better && !value.is_nan() {
            self.best = Some(Exact(value));
            self.waited = 0;
        } else {
            self.waited += 1;
        }
        if self.cooling > 0 {
            self.cooling -= 1;
            self.waited = 0;
        }
        if self.waited > patience {
            // The factor may have been below the minimum before, if it is that of another.
            self.factor = (self.factor * factor).max(minimum.min(self.factor));
            self.cooling = cooldown;
            self.waited = 0;
        }
        self.factor
    }

    /// What it was made from.
    pub(crate) const fn config(&self) -> ReduceOnPlateau {
        self.config
    }

    /// The factor of the learning rate.
    pub const fn factor(&self) -> f64 {
        self.factor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_infinite_value_can_be_written_and_read() {
        let mut plateau = ReduceOnPlateau::default().watch();
        plateau.observe(f64::INFINITY);
        let text = serde_json::to_string(&plateau).unwrap();
        assert_eq!(serde_json::from_str::<Plateau>(&text).unwrap(), plateau, "{text}");
    }
}
