//! Losses: what training makes small. Value and gradient come in one pass.
//!
//! | loss | the output is | labels for an output of `[f32; N]` |
//! |---|---|---|
//! | [`CrossEntropy`](struct@CrossEntropy) | scores | `u32` class indices, `[f32; N]` class probabilities |
//! | [`BinaryCrossEntropy`](struct@BinaryCrossEntropy) | scores | `[f32; N]` or `[u32; N]` of 0 and 1; for `[f32; 1]` also `f32`, `u32` |
//! | [`BinaryCrossEntropyOnProbabilities`] | probabilities | the same |
//! | [`NegativeLogLikelihood`](struct@NegativeLogLikelihood) | log-probabilities | `u32` class indices |
//! | [`KlDivergence`] | log-probabilities | `[f32; N]` class probabilities |
//! | [`MeanSquaredError`], [`MeanAbsoluteError`], [`Huber`](struct@Huber), [`SmoothL1`](struct@SmoothL1) | anything | `[f32; N]`; for `[f32; 1]` also `f32` |
//!
//! Outputs with more dimensions take labels with as many more: `[[f32; V]; T]` takes `[u32; T]`, a class for each position.
//!
//! # Means
//! A loss is a mean over the batch, as PyTorch's `reduction="mean"`: over samples, and over the positions or elements of a
//! sample. Sample weights `s` make it the weighted mean `Σ sᵢ lᵢ / Σ sᵢ`; class weights multiply `s`, as in PyTorch. Where
//! the weights sum to zero, as in an empty batch, the loss is 0 and so is the gradient: such a batch teaches nothing, and it is
//! no reason to stop. Sums are taken in `f64` in the order of the samples. The means of several batches are put together by what they were divided by
//! ([`Loss::divisor`]), so that they give what one large batch does.
//!
//! # By hand
//! ```
//! use nn_core::loss::{self, CrossEntropy};
//! let (scores, labels) = ([[2.0_f32, 0.5, -1.0], [0.0, 0.0, 0.0]], [0_u32, 2]);
//! let mut gradient = [[0.0_f32; 3]; 2];
//! let value = loss::value_and_gradient(&CrossEntropy, &scores, &labels, &mut gradient);
//! assert!((value - 0.669_962).abs() < 1e-6);
//! assert!((gradient[1][2] + 1.0 / 3.0).abs() < 1e-6); // (p − 1)/n with p = 1/3 and n = 2
//! ```

use crate::{Meaning, Mut, Ref, Result, Sample, Value};

mod binary;
mod categorical;
mod combined;
mod cross_entropy;
mod elementwise;
mod labels;
mod likelihood;
mod meaning;
mod regression;

pub use binary::{BinaryCrossEntropy, BinaryCrossEntropyOnProbabilities};
pub use combined::Weighted;
#[doc(hidden)]
pub use combined::shared_divisor;
pub use cross_entropy::CrossEntropy;
pub use elementwise::elementwise;
pub use labels::{BinaryLabels, ClassIndices, ClassLabels, Numbers, Targets};
pub(crate) use labels::{Labels, labels};
pub use likelihood::{KlDivergence, NegativeLogLikelihood};
pub use regression::{Huber, MeanAbsoluteError, MeanSquaredError, SmoothL1};

/// A measure of how far a batch of predictions `P` is from labels `T`, and its derivative.
///
/// An own loss is a type with this trait and [`Accepts`]. Losses that compare element by element need only say how
/// ([`elementwise`]):
///
/// ```
/// use nn_core::loss::{self, Accepts, Loss};
/// use nn_core::Meaning;
///
/// /// The quantile loss: max(q d, (q − 1) d) with d = target − prediction (Koenker and Bassett, 1978).
/// struct Quantile(f32);
///
/// impl<G: Meaning> Accepts<G> for Quantile {}
/// impl Loss<[f32; 1], f32> for Quantile {
///     fn loss(
///         &self,
///         prediction: &[[f32; 1]],
///         target: &[f32],
///         weights: Option<&[f32]>,
///         gradient: Option<&mut [[f32; 1]]>,
///     ) -> f64 {
///         let q = self.0;
///         loss::elementwise(prediction, target, weights, gradient, |_, x, t| {
///             if t > x { (q * (t - x), -q) } else { ((1.0 - q) * (x - t), 1.0 - q) }
///         })
///     }
/// }
/// assert_eq!(loss::value(&Quantile(0.75), &[[1.0], [2.0]], &[3.0, 2.0]), 0.75);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no loss for an output of `{P}` with labels of `{T}`",
    label = "does not fit this output and these labels",
    note = "class indices (`u32`) go with `CrossEntropy`, values (`f32`, `[f32; N]`) with `MeanSquaredError` and its like, 0 and 1 with `BinaryCrossEntropy`",
    note = "an own loss needs `impl nn::Loss<{P}, {T}> for {Self}`"
)]
pub trait Loss<P: Value, T: Value>: Send + Sync {
    /// The mean loss of a batch. Where `gradient` is given, it is overwritten with the derivative of that mean with respect to
    /// `prediction`. `weights` has one number for each sample; without it every sample counts 1.
    ///
    /// Labels that make no sense (a class that the output does not have) give NaN, in the value and in the gradient of that
    /// sample; [`Loss::check_target`] says which they are.
    ///
    /// # Panics
    /// If `prediction`, `target`, `weights` and `gradient` have different numbers of samples, as slices of different length do.
    fn loss(
        &self,
        prediction: Ref<'_, P>,
        target: Ref<'_, T>,
        weights: Option<&[f32]>,
        gradient: Option<Mut<'_, P>>,
    ) -> f64;

    /// What the sum over a batch is divided by, in samples: `Σ sᵢ` unless written, and with class weights or labels that are left out as much less or
    /// more. The means of several batches are put together by it, in training, in evaluation and where gradients are accumulated; a batch with 0
    /// adds nothing. Several losses together have the mean of their divisors. Where these are not the same (one leaves out other labels than another), the
    /// losses of batches put together are near that of one large batch, and depend on the batch size.
    ///
    /// ```
    /// use nn_core::Loss;
    /// use nn_core::loss::{CrossEntropy, MeanSquaredError};
    /// let padded = CrossEntropy { ignore_index: Some(9), ..CrossEntropy };
    /// assert_eq!(Loss::<[f32; 3], u32>::divisor(&padded, &[0, 9, 2, 9], None), 2.0);
    /// assert_eq!(Loss::<[f32; 1], f32>::divisor(&MeanSquaredError, &[0.5, 1.0], Some(&[1.0, 3.0])), 4.0);
    /// ```
    fn divisor(&self, target: Ref<'_, T>, weights: Option<&[f32]>) -> f64 {
        samples::<T>(target, weights)
    }

    /// Whether the settings fit an output of `P`: as many class weights as classes, and so on. Called when training starts.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) naming the setting.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Whether all labels make sense. `first` is the number of the first sample, for the message. Called before training.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) naming the sample and its label.
    fn check_target(&self, target: Ref<'_, T>, first: usize) -> Result<()> {
        let _ = (target, first);
        Ok(())
    }
}

/// Which outputs a loss takes: scores, probabilities or log-probabilities have the same shape and need different formulas.
///
/// `impl Accepts<Scores> for MyLoss {}` takes scores only, `impl<G: Meaning> Accepts<G> for MyLoss {}` takes anything.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not take what this network gives: `{G}`",
    label = "does not take `{G}`",
    note = "an own loss says what it takes: `impl nn::Accepts<nn::Scores> for {Self} {{}}`, or for anything `impl<G: nn::Meaning> nn::Accepts<G> for {Self} {{}}`"
)]
pub trait Accepts<G: Meaning> {}

/// What samples count together.
#[doc(hidden)]
pub fn samples<T: Value>(target: Ref<'_, T>, weights: Option<&[f32]>) -> f64 {
    weights.map_or_else(|| T::count(target) as f64, |weights| weights.iter().map(|&weight| f64::from(weight)).sum())
}

/// The mean loss of samples.
///
/// ```
/// use nn_core::loss::{self, MeanSquaredError};
/// assert_eq!(loss::value(&MeanSquaredError, &[[1.0], [2.0]], &[[1.0], [4.0]]), 2.0);
/// ```
pub fn value<P: Sample, T: Sample>(loss: &(impl Loss<P, T> + ?Sized), prediction: &[P], target: &[T]) -> f64 {
    loss.loss(prediction, target, None, None)
}

/// The mean loss of samples, and its derivative with respect to the prediction written to `gradient`: what a loop written by hand
/// calls.
///
/// ```
/// use nn_core::loss::{self, MeanSquaredError};
/// let mut gradient = [[0.0], [0.0]];
/// assert_eq!(loss::value_and_gradient(&MeanSquaredError, &[[1.0], [2.0]], &[1.0, 4.0], &mut gradient), 2.0);
/// assert_eq!(gradient, [[0.0], [-2.0]]);
/// ```
pub fn value_and_gradient<P: Sample, T: Sample>(
    loss: &(impl Loss<P, T> + ?Sized),
    prediction: &[P],
    target: &[T],
    gradient: &mut [P],
) -> f64 {
    loss.loss(prediction, target, None, Some(gradient))
}
