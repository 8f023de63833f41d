//! Which loss takes which meaning of an output, each refusal in its own words.
//!
//! Between [`Accepts`] and a loss stands a trait, because rustc reports the innermost bound that fails, and only a trait of its own can
//! say what is wrong with this loss.

use super::{Accepts, BinaryCrossEntropy, BinaryCrossEntropyOnProbabilities, CrossEntropy, Huber, KlDivergence};
use super::{MeanAbsoluteError, MeanSquaredError, NegativeLogLikelihood, SmoothL1};
use crate::{LogProbabilities, Meaning, Probabilities, Scores};

/// What [`CrossEntropy`](struct@CrossEntropy) takes.
#[diagnostic::on_unimplemented(
    message = "`CrossEntropy` takes scores (logits), but this network gives `{Self}`",
    label = "the network gives `{Self}`",
    note = "remove the final `Softmax`, or use `NegativeLogLikelihood` after `LogSoftmax`"
)]
pub trait CrossEntropyTakes: Meaning {}
impl CrossEntropyTakes for Scores {}
impl<G: CrossEntropyTakes> Accepts<G> for CrossEntropy {}

/// What [`BinaryCrossEntropy`](struct@BinaryCrossEntropy) takes.
#[diagnostic::on_unimplemented(
    message = "`BinaryCrossEntropy` takes scores (logits), but this network gives `{Self}`",
    label = "the network gives `{Self}`",
    note = "remove the final `Sigmoid`, or use `BinaryCrossEntropyOnProbabilities`"
)]
pub trait BinaryCrossEntropyTakes: Meaning {}
impl BinaryCrossEntropyTakes for Scores {}
impl<G: BinaryCrossEntropyTakes> Accepts<G> for BinaryCrossEntropy {}

/// What [`BinaryCrossEntropyOnProbabilities`](struct@BinaryCrossEntropyOnProbabilities) takes.
#[diagnostic::on_unimplemented(
    message = "`BinaryCrossEntropyOnProbabilities` takes probabilities, but this network gives `{Self}`",
    label = "the network gives `{Self}`",
    note = "end the network with `Sigmoid`, or, which is more exact, use `BinaryCrossEntropy` on scores"
)]
pub trait OnProbabilitiesTakes: Meaning {}
impl OnProbabilitiesTakes for Probabilities {}
impl<G: OnProbabilitiesTakes> Accepts<G> for BinaryCrossEntropyOnProbabilities {}

/// What [`NegativeLogLikelihood`](struct@NegativeLogLikelihood) takes.
#[diagnostic::on_unimplemented(
    message = "`NegativeLogLikelihood` takes log-probabilities, but this network gives `{Self}`",
    label = "the network gives `{Self}`",
    note = "end the network with `LogSoftmax`, or use `CrossEntropy` on scores"
)]
pub trait NegativeLogLikelihoodTakes: Meaning {}
impl NegativeLogLikelihoodTakes for LogProbabilities {}
impl<G: NegativeLogLikelihoodTakes> Accepts<G> for NegativeLogLikelihood {}

/// What [`KlDivergence`](struct@KlDivergence) takes.
#[diagnostic::on_unimplemented(
    message = "`KlDivergence` takes log-probabilities, but this network gives `{Self}`",
    label = "the network gives `{Self}`",
    note = "end the network with `LogSoftmax`, or use `CrossEntropy` on scores, which takes class probabilities as labels too"
)]
pub trait KlDivergenceTakes: Meaning {}
impl KlDivergenceTakes for LogProbabilities {}
impl<G: KlDivergenceTakes> Accepts<G> for KlDivergence {}

// A regression compares numbers, whatever they mean.
impl<G: Meaning> Accepts<G> for MeanSquaredError {}
impl<G: Meaning> Accepts<G> for MeanAbsoluteError {}
impl<G: Meaning> Accepts<G> for Huber {}
impl<G: Meaning> Accepts<G> for SmoothL1 {}
