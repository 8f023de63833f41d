//! One score against yes or no.

use super::{Better, Measure, Metric, Running, weight};
use crate::Sample;
use crate::loss::Numbers;
use generic_array::GenericArray;
use generic_array::typenum::{U1, U2};

/// An output that says with one number how much it speaks for yes.
#[diagnostic::on_unimplemented(
    message = "an output of `{Self}` does not say with one number how much it speaks for yes",
    label = "expected `[f32; 1]`, or `[f32; 2]` for no and yes",
    note = "for more than two classes, use `Accuracy`, `F1` or `ConfusionMatrix`"
)]
pub trait PositiveScore: Numbers {
    /// How much the output speaks for yes: the one score, or the difference of the two, which an `f32` would round.
    fn margin(&self) -> f64;
    /// The element for yes.
    fn positive(&self) -> f32;
}

impl PositiveScore for f32 {
    fn margin(&self) -> f64 {
        f64::from(*self)
    }
    fn positive(&self) -> f32 {
        *self
    }
}

macro_rules! scores {
    ($($one:ty),*; $($two:ty),*) => {
        $(impl PositiveScore for $one {
            fn margin(&self) -> f64 {
                f64::from(self[0])
            }
            fn positive(&self) -> f32 {
                self[0]
            }
        })*
        $(impl PositiveScore for $two {
            fn margin(&self) -> f64 {
                f64::from(self[1]) - f64::from(self[0])
            }
            fn positive(&self) -> f32 {
                self[1]
            }
        })*
    };
}
scores!([f32; 1], GenericArray<f32, U1>; [f32; 2], GenericArray<f32, U2>);

/// A label that says yes or no: `u32` or `f32`, bare or in an array of one.
#[diagnostic::on_unimplemented(
    message = "a label of `{Self}` does not say yes or no",
    label = "expected `u32` or `f32`, 0 or 1",
    note = "for more than two classes, use `Accuracy`, `F1` or `ConfusionMatrix`"
)]
pub trait BinaryTruth: Sample {
    /// Yes (1; as `f32` from 0.5) or no (0); none for what is neither, which metrics leave out.
    fn truth(&self) -> Option<bool>;
}

impl BinaryTruth for u32 {
    fn truth(&self) -> Option<bool> {
        (*self < 2).then_some(*self == 1)
    }
}
impl BinaryTruth for f32 {
    fn truth(&self) -> Option<bool> {
        (!self.is_nan()).then_some(*self >= 0.5)
    }
}
impl BinaryTruth for [u32; 1] {
    fn truth(&self) -> Option<bool> {
        self[0].truth()
    }
}
impl BinaryTruth for [f32; 1] {
    fn truth(&self) -> Option<bool> {
        self[0].truth()
    }
}

/// Calls `each` with every output, whether yes was meant, and its weight.
pub(super) fn answers<'a, P: PositiveScore, T: BinaryTruth>(
    prediction: &'a [P],
    target: &[T],
    weights: Option<&[f32]>,
    mut each: impl FnMut(&'a P, bool, f64),
) {
    for (i, output) in prediction.iter().enumerate() {
        if let Some(truth) = target[i].truth() {
            each(output, truth, weight(weights, i));
        }
    }
}

/// Mean of `(p − y)²` with the probability `p` of yes and `y` 1 for yes, 0 for no (Brier, 1950; scikit-learn's
/// `brier_score_loss`): how far probabilities can be trusted.
///
/// ```
/// use nn_core::metrics::{self, Brier};
/// assert_eq!(metrics::measure(Brier::probabilities(), &[[0.5], [1.0]], &[1_u32, 1]), 0.125);
/// assert_eq!(metrics::measure(Brier::logits(), &[[0.0]], &[1_u32]), 0.25);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Brier {
    logits: bool,
    mean: Running,
}

/// [`Brier`](struct@Brier) for networks that give probabilities, of no samples yet.
#[expect(non_upper_case_globals, reason = "reads like a unit struct: `trainer.metric(Brier)`")]
pub const Brier: Brier = Brier { logits: false, mean: Running::EMPTY };

impl Brier {
    /// For networks that give scores (logits): the probability is their sigmoid, of two their softmax.
    pub fn logits() -> Self {
        Self { logits: true, ..Brier }
    }

    /// For networks that give probabilities.
    pub fn probabilities() -> Self {
        Brier
    }
}

impl Measure for Brier {
    fn name(&self) -> String {
        "brier".into()
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

impl<P: PositiveScore, T: BinaryTruth> Metric<P, T> for Brier {
    fn update(&mut self, prediction: &[P], target: &[T], weights: Option<&[f32]>) {
        answers(prediction, target, weights, |output, truth, weight| {
            let p = if self.logits { 1.0 / (1.0 + (-output.margin()).exp()) } else { f64::from(output.positive()) };
            self.mean.add((p - f64::from(truth)).powi(2), weight);
        });
    }
}
