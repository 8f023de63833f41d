//! Running means.

use super::{Better, Measure, Metric};
use crate::loss::Loss;
use crate::{Ref, Result, Value};
use serde::{Deserialize, Serialize};

/// A weighted mean, number by number.
///
/// ```
/// use nn_core::metrics::Running;
/// let mut mean = Running::default();
/// assert!(mean.value().is_nan());
/// mean.add(1.0, 3.0);
/// mean.add(5.0, 1.0);
/// assert_eq!(mean.value(), 2.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Running {
    sum: f64,
    weight: f64,
}

impl Running {
    /// A mean of nothing.
    pub const EMPTY: Self = Self { sum: 0.0, weight: 0.0 };

    /// Adds a number that counts `weight`.
    pub fn add(&mut self, value: f64, weight: f64) {
        // What weighs nothing may be anything; 0 · NaN is not 0.
        if weight != 0.0 {
            self.sum += value * weight;
            self.weight += weight;
        }
    }

    /// Raises numbers that count `weight` together, and were added before, by `value`.
    pub(crate) fn raise(&mut self, value: f64, weight: f64) {
        if weight != 0.0 {
            self.sum += value * weight;
        }
    }

    /// The mean; NaN where nothing was added.
    pub fn value(&self) -> f64 {
        self.sum / self.weight
    }

    /// What was added, in all.
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// For [`Measure::state`].
    pub fn state(&self) -> Vec<f64> {
        vec![self.sum, self.weight]
    }

    /// For [`Measure::restore`].
    pub fn restore(&mut self, state: &[f64]) {
        if let &[sum, weight] = state {
            *self = Self { sum, weight };
        }
    }
}

/// A loss as a metric: the mean over all batches, put together as [`Loss::divisor`] says.
///
/// The training loss is shown without asking; this is for a second one, or for one output of several.
///
/// ```
/// use nn_core::loss::MeanSquaredError;
/// use nn_core::metrics::{self, MeanLoss};
/// assert_eq!(metrics::measure(MeanLoss::new("mse", MeanSquaredError), &[[1.0], [2.0]], &[1.0, 4.0]), 2.0);
/// ```
#[derive(Clone, Debug)]
pub struct MeanLoss<L> {
    name: String,
    loss: L,
    mean: Running,
}

impl<L> MeanLoss<L> {
    /// A metric of that name. A trainer takes none that its history uses: `loss`, `lr`, `epoch`, what begins with `val_`.
    pub fn new(name: impl Into<String>, loss: L) -> Self {
        Self { name: name.into(), loss, mean: Running::EMPTY }
    }
}

impl<L> Measure for MeanLoss<L> {
    fn name(&self) -> String {
        self.name.clone()
    }
    fn reset(&mut self) {
        self.mean = Running::EMPTY;
    }
    fn value(&self) -> f64 {
        self.mean.value()
    }
    fn state(&self) -> Vec<f64> {
        self.mean.state()
    }
    fn restore(&mut self, state: &[f64]) {
        self.mean.restore(state);
    }
    fn better(&self) -> Better {
        Better::Lower
    }
}

impl<P: Value, T: Value, L: Loss<P, T>> Metric<P, T> for MeanLoss<L> {
    fn update(&mut self, prediction: Ref<'_, P>, target: Ref<'_, T>, weights: Option<&[f32]>) {
        self.mean.add(self.loss.loss(prediction, target, weights, None), self.loss.divisor(target, weights));
    }
    fn check(&self) -> Result<()> {
        self.loss.check()
    }
}
