//! Metrics: what tells how good a network is. They take in batches one after the other and sum up at the end.
//!
//! | metric | the output is | labels |
//! |---|---|---|
//! | [`Accuracy`](struct@Accuracy), [`TopK`], [`Precision`](struct@Precision), [`Recall`](struct@Recall), [`F1`](struct@F1), [`MatthewsCorrelation`](struct@MatthewsCorrelation), [`ConfusionMatrix`](struct@ConfusionMatrix) | `[f32; N]`, scores or probabilities alike: the highest wins | `u32`, or `[f32; N]` whose highest is meant |
//! | the same in [`Binary`] | `[f32; 1]` (or `[f32; N]`, `N` questions), compared with a threshold | 0 and 1: `u32`, `f32`, or arrays like the output |
//! | [`Auroc`](struct@Auroc), [`AveragePrecision`](struct@AveragePrecision), [`Brier`](struct@Brier) | `[f32; 1]`, or `[f32; 2]` for no and yes | 0 and 1: `u32`, `f32` |
//! | [`Mae`](struct@Mae), [`Mse`](struct@Mse), [`Rmse`](struct@Rmse), [`R2`](struct@R2) | values | values of the same shape; `[f32; 1]` also takes `f32` |
//! | [`MeanLoss`] | what its loss takes | what its loss takes |
//!
//! Where scores and probabilities make a difference, the metric has to be told: `Binary::logits(…)` or
//! `Binary::probabilities(…)`, [`Brier::logits`] or [`Brier::probabilities`].
//!
//! Outputs with more dimensions take labels with as many more, and every position counts. A label that is no class, such as the
//! padding that a loss ignores, is left out. Sample weights multiply. Without a sample the value is NaN.
//!
//! # By hand
//! ```
//! use nn_core::metrics::{self, Accuracy};
//! use nn_core::Measure;
//! assert_eq!(metrics::measure(Accuracy, &[[0.1, 2.0], [1.5, 0.0]], &[1_u32, 1]), 0.5);
//!
//! let mut accuracy = Accuracy; // or batch by batch
//! metrics::update(&mut accuracy, &[[0.1, 2.0]], &[1_u32]);
//! metrics::update(&mut accuracy, &[[0.1, 2.0], [1.0, 3.0], [2.0, 1.0]], &[1_u32, 1, 1]);
//! assert_eq!(accuracy.value(), 0.75);
//! ```

use crate::{Ref, Result, Sample, Value};
use serde::{Deserialize, Serialize};

mod accuracy;
mod average;
mod binary;
mod confusion;
mod decide;
mod on;
mod ranking;
mod regression;
mod running;

pub use accuracy::{Accuracy, TopK};
pub use average::{Average, F1, MatthewsCorrelation, Precision, Recall};
pub use binary::{BinaryTruth, Brier, PositiveScore};
pub use confusion::ConfusionMatrix;
pub use decide::{Binary, Decided};
pub use on::{On, Part};
pub use ranking::{Auroc, AveragePrecision};
pub use regression::{Mae, Mse, R2, Rmse};
pub use running::{MeanLoss, Running};

/// Whether more is better, for early stopping and for keeping the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Better {
    /// More is better: accuracy.
    Higher,
    /// Less is better: an error.
    Lower,
}

impl Better {
    /// Whether `a` is better than `b`. Every number is better than NaN, and NaN is better than nothing.
    ///
    /// ```
    /// use nn_core::Better;
    /// assert!(Better::Higher.is(0.9, 0.8) && Better::Lower.is(0.8, 0.9));
    /// assert!(Better::Lower.is(0.8, f64::NAN) && !Better::Lower.is(f64::NAN, 0.8));
    /// ```
    pub fn is(self, a: f64, b: f64) -> bool {
        let better = match self {
            Self::Higher => a > b,
            Self::Lower => a < b,
        };
        better || (b.is_nan() && !a.is_nan())
    }
}

/// A number that sums up the batches seen since the last reset, whatever they were made of. The half of a metric that does not
/// depend on the types of outputs and labels; [`Metric`] is the other.
pub trait Measure {
    /// The name in tables and files: `accuracy`.
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
    /// What was taken in since the last reset, as numbers, for a checkpoint in the middle of an epoch. A metric without it has, after
    /// training was resumed there, measured only the rest of that epoch.
    fn state(&self) -> Vec<f64> {
        Vec::new()
    }
    /// Goes on from what [`Measure::state`] gave.
    fn restore(&mut self, state: &[f64]) {
        let _ = state;
    }
}

/// A measure of predictions `P` against labels `T`, batch by batch.
///
/// An own metric is a type with [`Measure`] and this trait:
///
/// ```
/// use nn_core::metrics::{self, Running};
/// use nn_core::{Better, Measure, Metric};
///
/// /// The share of predictions that are off by more than a limit.
/// struct Outliers { limit: f32, share: Running }
///
/// impl Measure for Outliers {
///     fn name(&self) -> String {
///         "outliers".into()
///     }
///     fn reset(&mut self) {
///         self.share = Running::default();
///     }
///     fn value(&self) -> f64 {
///         self.share.value()
///     }
///     fn better(&self) -> Better {
///         Better::Lower
///     }
/// }
/// impl Metric<[f32; 1], f32> for Outliers {
///     fn update(&mut self, prediction: &[[f32; 1]], target: &[f32], _weights: Option<&[f32]>) {
///         for ([x], t) in prediction.iter().zip(target) {
///             self.share.add(f64::from((x - t).abs() > self.limit), 1.0);
///         }
///     }
/// }
/// let outliers = Outliers { limit: 1.0, share: Running::default() };
/// assert_eq!(metrics::measure(outliers, &[[1.0], [5.0]], &[1.5, 3.0]), 0.5);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot measure an output of `{P}` against labels of `{T}`",
    label = "does not fit this output and these labels",
    note = "class indices (`u32`) go with `Accuracy` and its like, 0 and 1 for one score with `Binary::logits(Accuracy)` or `Auroc`, values with `Mae` and its like",
    note = "an own metric needs `impl nn::Measure for {Self}` and `impl nn::Metric<{P}, {T}> for {Self}`"
)]
pub trait Metric<P: Value, T: Value>: Measure + Send {
    /// Takes in a batch. `weights` has one number for each sample; without it every sample counts 1.
    ///
    /// # Panics
    /// If there are fewer labels or weights than predictions, as indexing a slice does.
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
///
/// ```
/// use nn_core::metrics::{self, Rmse};
/// assert_eq!(metrics::measure(Rmse, &[1.0, 5.0], &[1.0, 5.0]), 0.0);
/// ```
pub fn measure<P: Sample, T: Sample>(mut metric: impl Metric<P, T>, prediction: &[P], target: &[T]) -> f64 {
    metric.reset();
    metric.update(prediction, target, None);
    metric.value()
}

/// Takes samples into a metric: [`Metric::update`] for calls by hand, where the compiler finds the types.
pub fn update<P: Sample, T: Sample>(metric: &mut (impl Metric<P, T> + ?Sized), prediction: &[P], target: &[T]) {
    metric.update(prediction, target, None);
}

/// The weight of sample `i`.
fn weight(weights: Option<&[f32]>, i: usize) -> f64 {
    weights.map_or(1.0, |weights| f64::from(weights[i]))
}
