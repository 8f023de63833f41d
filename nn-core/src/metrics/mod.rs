//! Metrics: what tells how good a network is.

use crate::{Ref, Result, Sample, Value};

/// Whether more is better, for early stopping and for keeping the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// More is better: accuracy.
    Higher,
    /// Less is better: an error.
    Lower,
}

impl Better {
    /// Whether `a` is better than `b`. NaN is better than nothing, and everything else is better than NaN.
    pub fn is(self, a: f64, b: f64) -> bool {
        !a.is_nan()
            && match self {
                Self::Higher => a > b || b.is_nan(),
                Self::Lower => a < b || b.is_nan(),
            }
    }
}

/// A number that sums up the batches seen since the last reset, whatever they were made of.
pub trait Measure {
    /// The name in tables: `accuracy`.
    fn name(&self) -> String;
    /// Forgets all batches.
    fn reset(&mut self);
    /// The number for the batches seen; NaN where there were none.
    fn value(&self) -> f64;
    /// Whether more is better.
    fn better(&self) -> Better;
    /// More than a number, to be printed at the end: a table.
    fn details(&self) -> Option<String> {
        None
    }
}

/// A measure of predictions `P` against labels `T`, batch by batch.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot measure an output of `{P}` against labels of `{T}`",
    label = "does not fit this output and these labels",
    note = "an own metric needs `impl nn::Measure for {Self}` and `impl nn::Metric<{P}, {T}> for {Self}`"
)]
pub trait Metric<P: Value, T: Value>: Measure + Send {
    /// Takes in a batch. `weights` has one number for each sample; without it every sample counts 1.
    fn update(&mut self, prediction: Ref<'_, P>, target: Ref<'_, T>, weights: Option<&[f32]>);

    /// Whether the settings fit an output of `P`. Called when training starts.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) naming the setting.
    fn check(&self) -> Result<()> {
        Ok(())
    }
}

/// What a metric says of samples all at once.
pub fn measure<P: Sample, T: Sample>(mut metric: impl Metric<P, T>, prediction: &[P], target: &[T]) -> f64 {
    metric.reset();
    metric.update(prediction, target, None);
    metric.value()
}
