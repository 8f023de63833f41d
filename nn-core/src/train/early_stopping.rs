//! When to stop, and what is best.

use crate::metrics::Better;
use crate::storage::Exact;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// Stops training when a number of the history gets no better.
///
/// Whether less or more is better follows from what is watched: less of a loss, and for a metric what
/// [`Measure::better`](crate::Measure::better) says.
///
/// ```
/// use nn_core::train::EarlyStopping;
/// let patient = EarlyStopping { monitor: "val_accuracy", patience: 10, ..EarlyStopping::default() };
/// assert!(patient.restore_best);
/// ```
///
/// Keras: `EarlyStopping`, with the same names; there `patience` is 0 and `restore_best_weights` false unless set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EarlyStopping {
    /// The number to watch: `val_loss` (the default), `loss`, `val_accuracy`, ….
    pub monitor: &'static str,
    /// After how many epochs in a row that are no better training stops. 5 unless set.
    pub patience: usize,
    /// How much better an epoch has to be to count. 0 unless set.
    pub min_delta: f64,
    /// Whether the network gets the parameters of the best epoch when training ends, early or not. Yes unless set.
    pub restore_best: bool,
}

impl Default for EarlyStopping {
    fn default() -> Self {
        Self { monitor: "val_loss", patience: 5, min_delta: 0.0, restore_best: true }
    }
}

impl EarlyStopping {
    /// Whether the numbers make sense.
    pub(super) fn check(&self) -> Result<()> {
        let delta = self.min_delta;
        if delta >= 0.0 && delta.is_finite() {
            return Ok(());
        }
        let problem =
            format!("is {delta}, but has to be a number of 0 or more: how much better an epoch must be to count");
        Err(Error::argument("EarlyStopping::min_delta", problem))
    }
}

/// The best value so far and how long ago it was. Part of checkpoints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Best {
    value: Exact,
    waited: usize,
    /// The number that it is the best of. Files of before do not tell.
    #[serde(default)]
    monitor: Option<String>,
}

impl Default for Best {
    /// Nothing is better than no value.
    fn default() -> Self {
        Self { value: Exact(f64::NAN), waited: 0, monitor: None }
    }
}

impl Best {
    /// Watches a number; begins anew, and says so, if it was another one before.
    pub(super) fn follow(&mut self, monitor: &str) -> bool {
        if self.monitor.as_deref() == Some(monitor) {
            return false;
        }
        let other = self.monitor.is_some();
        if other {
            *self = Self::default();
        }
        self.monitor = Some(monitor.to_owned());
        other
    }

    /// Takes the value of the next epoch; says whether it is better than all before by more than `min_delta`.
    pub(super) fn observe(&mut self, better: Better, value: f64, min_delta: f64) -> bool {
        let discounted = match better {
            Better::Higher => value - min_delta,
            Better::Lower => value + min_delta,
        };
        let improved = better.is(if self.value.0.is_nan() { value } else { discounted }, self.value.0);
        if improved {
            self.value = Exact(value);
            self.waited = 0;
        } else {
            self.waited += 1;
        }
        improved
    }

    /// The best value; NaN if there has been none.
    pub(super) fn value(&self) -> f64 {
        self.value.0
    }

    /// How many values in a row were no better.
    pub(super) fn waited(&self) -> usize {
        self.waited
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_better_by_the_delta_counts() {
        let mut best = Best::default();
        let values = [1.0, 0.9, 0.85, 0.85, f64::NAN, 0.7];
        assert_eq!(values.map(|v| best.observe(Better::Lower, v, 0.1)), [true, false, true, false, false, true]);
        assert_eq!(best.waited(), 0);
        let mut best = Best::default();
        let values = [f64::NAN, 0.5, 0.5, 0.6];
        assert_eq!(values.map(|v| best.observe(Better::Higher, v, 0.0)), [false, true, false, true]);
    }

    #[test]
    fn another_number_begins_anew() {
        // As a file of before has it, which may be of the same number.
        let mut best: Best = serde_json::from_str("{\"value\":0.5,\"waited\":2}").unwrap();
        assert!(!best.follow("loss"));
        assert_eq!((best.value(), best.waited()), (0.5, 2));
        assert!(!best.follow("loss") && best.follow("accuracy"));
        assert!(best.value().is_nan() && best.waited() == 0);
    }
}
