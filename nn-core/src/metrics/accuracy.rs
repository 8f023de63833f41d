//! How often the right class is found.

use super::decide::{classes, decided_by_highest};
use super::{Better, Decided, Measure, Metric, Running};
use crate::loss::{ClassLabels, Numbers};
use crate::{Error, Result};

/// The share of samples (or positions) whose highest score is the labelled class. A NaN is no score, and where there is nothing else no class is right.
///
/// For one score that says yes or no, use `Binary::logits(Accuracy)` or `Binary::probabilities(Accuracy)`.
///
/// ```
/// use nn_core::metrics::{self, Accuracy};
/// assert_eq!(metrics::measure(Accuracy, &[[0.1, 0.9], [0.3, 0.7]], &[1_u32, 0]), 0.5);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Accuracy {
    share: Running,
}

/// [`Accuracy`](struct@Accuracy) of no samples yet.
#[expect(non_upper_case_globals, reason = "reads like a unit struct: `trainer.metric(Accuracy)`")]
pub const Accuracy: Accuracy = Accuracy { share: Running::EMPTY };

impl Measure for Accuracy {
    fn name(&self) -> String {
        "accuracy".into()
    }
    fn reset(&mut self) {
        *self = Accuracy;
    }
    fn value(&self) -> f64 {
        self.share.value()
    }
    fn state(&self) -> Vec<f64> {
        self.share.state()
    }
    fn restore(&mut self, state: &[f64]) {
        self.share.restore(state);
    }
    fn better(&self) -> Better {
        Better::Higher
    }
}

impl Decided for Accuracy {
    fn decide(&mut self, _: usize, meant: usize, predicted: usize, weight: f64) {
        self.share.add(f64::from(meant == predicted), weight);
    }
}

decided_by_highest!(Accuracy);

/// The share of samples (or positions) whose labelled class is among the `k` highest scores; of equal scores the first is higher.
///
/// ```
/// use nn_core::metrics::{self, TopK};
/// assert_eq!(metrics::measure(TopK::new(2), &[[0.1, 0.6, 0.3], [0.1, 0.6, 0.3]], &[2_u32, 0]), 0.5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TopK {
    k: usize,
    share: Running,
}

impl TopK {
    /// Among the `k` highest.
    pub fn new(k: usize) -> Self {
        Self { k, share: Running::EMPTY }
    }
}

impl Measure for TopK {
    fn name(&self) -> String {
        format!("top_{}", self.k)
    }
    fn reset(&mut self) {
        self.share = Running::EMPTY;
    }
    fn value(&self) -> f64 {
        self.share.value()
    }
    fn state(&self) -> Vec<f64> {
        self.share.state()
    }
    fn restore(&mut self, state: &[f64]) {
        self.share.restore(state);
    }
    fn better(&self) -> Better {
        Better::Higher
    }
}

impl<P: Numbers, T: ClassLabels<P>> Metric<P, T> for TopK {
    fn update(&mut self, prediction: &[P], target: &[T], weights: Option<&[f32]>) {
        classes(prediction, target, weights, |meant, scores, weight| {
            let own = scores[meant];
            let above = |(i, &score): (usize, &f32)| score > own || (score == own && i < meant);
            let rank = scores.iter().enumerate().filter(|&pair| above(pair)).count();
            self.share.add(f64::from(!own.is_nan() && rank < self.k), weight);
        });
    }
    fn check(&self) -> Result<()> {
        let classes = P::SHAPE.last();
        if (1..=classes).contains(&self.k) {
            return Ok(());
        }
        let problem = format!("k is {}, but has to be between 1 and the {classes} classes of the output", self.k);
        Err(Error::argument("TopK", problem))
    }
}
