//! Which loss takes which meaning of an output, each refusal in its own words.

use super::{Accepts, BinaryCrossEntropy, BinaryCrossEntropyOnProbabilities, CrossEntropy, Huber, KlDivergence};
use super::{MeanAbsoluteError, MeanSquaredError, NegativeLogLikelihood, SmoothL1};
use crate::{LogProbabilities, Meaning, Probabilities, Scores};

/// A trait between [`Accepts`] and the loss, because rustc reports the innermost bound that fails, and only a trait of its own can
/// say what is wrong with this loss.
macro_rules! takes {
    ($loss:ty, $bound:ident: $meaning:ty, $message:literal, $help:literal) => {
        /// What this loss takes.
        #[diagnostic::on_unimplemented(message = $message, label = "the network gives `{Self}`", note = $help)]
        pub trait $bound: Meaning {}
        impl $bound for $meaning {}
        impl<G: $bound> Accepts<G> for $loss {}
    };
}

takes!(
    CrossEntropy,
    CrossEntropyTakes: Scores,
    "`CrossEntropy` takes scores (logits), but this network gives `{Self}`",
    "remove the final `Softmax`, or use `NegativeLogLikelihood` after `LogSoftmax`"
);
takes!(
    BinaryCrossEntropy,
    BinaryCrossEntropyTakes: Scores,
    "`BinaryCrossEntropy` takes scores (logits), but this network gives `{Self}`",
    "remove the final `Sigmoid`, or use `BinaryCrossEntropyOnProbabilities`"
);
takes!(
    BinaryCrossEntropyOnProbabilities,
    OnProbabilitiesTakes: Probabilities,
    "`BinaryCrossEntropyOnProbabilities` takes probabilities, but this network gives `{Self}`",
    "end the network with `Sigmoid`, or, which is more exact, use `BinaryCrossEntropy` on scores"
);
takes!(
    NegativeLogLikelihood,
    NegativeLogLikelihoodTakes: LogProbabilities,
    "`NegativeLogLikelihood` takes log-probabilities, but this network gives `{Self}`",
    "end the network with `LogSoftmax`, or use `CrossEntropy` on scores"
);
takes!(
    KlDivergence,
    KlDivergenceTakes: LogProbabilities,
    "`KlDivergence` takes log-probabilities, but this network gives `{Self}`",
    "end the network with `LogSoftmax`, or use `CrossEntropy` on scores, which takes class probabilities as labels too"
);

// A regression compares numbers, whatever they mean.
impl<G: Meaning> Accepts<G> for MeanSquaredError {}
impl<G: Meaning> Accepts<G> for MeanAbsoluteError {}
impl<G: Meaning> Accepts<G> for Huber {}
impl<G: Meaning> Accepts<G> for SmoothL1 {}
