//! From outputs to decisions: the highest of several, or above a threshold.

use super::{Better, Measure, Metric, weight};
use crate::loss::{BinaryLabels, ClassLabels, Labels, Numbers, labels};
use crate::{Error, Result};

/// A metric of decisions: which class was meant, which was predicted.
///
/// [`Binary`] makes such a metric one of yes and no.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no metric of decisions between classes",
    label = "`Binary` takes a metric such as `Accuracy` or `F1`",
    note = "`Auroc`, `AveragePrecision` and `Brier` take one score as it is, without `Binary`"
)]
pub trait Decided: Measure + Send {
    /// Takes in one decision among `classes` classes. Both indices are below `classes`. Where scores are NaN and nothing can be predicted, it is
    /// a class that is wrong.
    fn decide(&mut self, classes: usize, meant: usize, predicted: usize, weight: f64);

    /// Whether the settings fit so many classes.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) naming the setting.
    fn check_classes(&self, classes: usize) -> Result<()> {
        let _ = classes;
        Ok(())
    }
}

/// Calls `each` with the class meant, the class predicted and the weight of every position.
pub(super) fn classes<P: Numbers, T: ClassLabels<P>>(
    prediction: &[P],
    target: &[T],
    weights: Option<&[f32]>,
    mut each: impl FnMut(usize, &[f32], f64),
) {
    let classes = P::SHAPE.last();
    let rows = P::LEN.checked_div(classes).unwrap_or(0);
    for (row, scores) in P::flat(prediction).chunks_exact(classes.max(1)).enumerate() {
        let meant = match labels(target) {
            Labels::Indices(target) => target[row] as usize,
            Labels::Floats(target) => highest(&target[row * classes..(row + 1) * classes]).unwrap_or(0),
        };
        if meant < classes {
            each(meant, scores, weight(weights, row / rows));
        }
    }
}

/// The index of the highest score, the first of equals. NaN is no score; nothing where there is none at all.
pub(super) fn highest(scores: &[f32]) -> Option<usize> {
    let mut best: Option<usize> = None;
    for (i, score) in scores.iter().enumerate() {
        if !score.is_nan() && best.is_none_or(|best| *score > scores[best]) {
            best = Some(i);
        }
    }
    best
}

/// The class with the highest score; where there is no score, one that is not `meant`, so that what gives NaN is never right.
pub(super) fn predicted(scores: &[f32], meant: usize) -> usize {
    highest(scores).unwrap_or((meant + 1) % scores.len().max(1))
}

/// Whether there is anything to choose from.
pub(super) fn check_several<P: Numbers>(metric: &'static str) -> Result<()> {
    if P::SHAPE.last() > 1 {
        return Ok(());
    }
    let problem = format!(
        "needs an output of at least 2 classes, but it has shape {}; for yes or no from one score, use `Binary::logits({metric})`",
        P::SHAPE
    );
    Err(Error::argument(metric, problem))
}

/// A metric of decisions made a metric of yes and no: an element of the output above the threshold means 1, the others 0.
///
/// Every element of an output is a question of its own, as in [`BinaryCrossEntropy`](struct@crate::loss::BinaryCrossEntropy). Where a class
/// is of interest, 1 is yes: `F1::positive()`. For an output of `[f32; 2]`, no and yes, the metric needs no threshold and no
/// `Binary`. A label of `f32` means yes from 0.5.
///
/// ```
/// use nn_core::metrics::{self, Accuracy, Binary, F1};
/// let (scores, labels) = ([[-2.0], [0.5], [3.0], [0.1]], [0_u32, 1, 1, 0]);
/// assert_eq!(metrics::measure(Binary::logits(Accuracy), &scores, &labels), 0.75);
/// assert_eq!(metrics::measure(Binary::logits(F1::positive()), &scores, &labels), 0.8);
/// assert_eq!(metrics::measure(Binary { threshold: 0.2, metric: Accuracy }, &scores, &labels), 1.0);
/// ```
#[derive(Clone, Debug)]
pub struct Binary<M> {
    /// What an element has to exceed to mean yes.
    pub threshold: f32,
    /// The metric of decisions.
    pub metric: M,
}

impl<M> Binary<M> {
    /// For networks that give scores (logits): a threshold of 0, which is a probability of one half.
    pub fn logits(metric: M) -> Self {
        Self { threshold: 0.0, metric }
    }

    /// For networks that give probabilities: a threshold of 0.5.
    pub fn probabilities(metric: M) -> Self {
        Self { threshold: 0.5, metric }
    }
}

impl<M: Measure> Measure for Binary<M> {
    fn name(&self) -> String {
        self.metric.name()
    }
    fn reset(&mut self) {
        self.metric.reset();
    }
    fn value(&self) -> f64 {
        self.metric.value()
    }
    fn state(&self) -> Vec<f64> {
        self.metric.state()
    }
    fn restore(&mut self, state: &[f64]) {
        self.metric.restore(state);
    }
    fn better(&self) -> Better {
        self.metric.better()
    }
    fn details(&self) -> Option<String> {
        self.metric.details()
    }
}

impl<P: Numbers, T: BinaryLabels<P>, M: Decided> Metric<P, T> for Binary<M> {
    fn update(&mut self, prediction: &[P], target: &[T], weights: Option<&[f32]>) {
        for (i, &x) in P::flat(prediction).iter().enumerate() {
            let meant = match labels(target) {
                Labels::Indices(target) => usize::try_from(target[i]).ok().filter(|&class| class < 2),
                Labels::Floats(target) => (!target[i].is_nan()).then_some(usize::from(target[i] >= 0.5)),
            };
            if let Some(meant) = meant {
                let predicted = if x.is_nan() { 1 - meant } else { usize::from(x > self.threshold) };
                self.metric.decide(2, meant, predicted, weight(weights, i / P::LEN));
            }
        }
    }
    fn check(&self) -> Result<()> {
        if self.threshold.is_nan() {
            return Err(Error::argument("Binary::threshold", "is NaN"));
        }
        self.metric.check_classes(2)
    }
}

/// [`Metric`] for metrics of decisions: the highest score is the class predicted.
macro_rules! decided_by_highest {
    ($($metric:ident),*) => {$(
        impl<P: $crate::loss::Numbers, T: $crate::loss::ClassLabels<P>> $crate::metrics::Metric<P, T> for $metric {
            fn update(&mut self, prediction: &[P], target: &[T], weights: Option<&[f32]>) {
                $crate::metrics::decide::classes(prediction, target, weights, |meant, scores, weight| {
                    let predicted = $crate::metrics::decide::predicted(scores, meant);
                    $crate::metrics::Decided::decide(self, scores.len(), meant, predicted, weight);
                });
            }
            fn check(&self) -> $crate::Result<()> {
                $crate::metrics::decide::check_several::<P>(stringify!($metric))?;
                $crate::metrics::Decided::check_classes(self, P::SHAPE.last())
            }
        }
    )*};
}
pub(super) use decided_by_highest;
