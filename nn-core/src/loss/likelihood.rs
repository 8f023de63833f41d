//! Losses on log-probabilities.

use super::categorical::{Label, Operands, check_classes, check_labels, divisor, invalid, mean_over_rows};
use super::elementwise::{check_floats, elementwise};
use super::{ClassIndices, Labels, Loss, Numbers, Targets, samples};
use crate::Result;

/// The mean of `−w_y x_y` with log-probabilities `x` and the labelled class `y` (PyTorch's `NLLLoss`).
///
/// After `LogSoftmax` this is [`CrossEntropy`](struct@super::CrossEntropy); that one on scores does the same work in one pass. Shapes, labels (indices
/// only), means and weights are the same.
///
/// ```
/// use nn_core::loss::{self, NegativeLogLikelihood};
/// assert_eq!(loss::value(&NegativeLogLikelihood, &[[-0.5, -2.0], [-3.0, -0.25]], &[0_u32, 1]), 0.375);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NegativeLogLikelihood {
    /// The weight `w` of each class; empty for 1.
    pub class_weights: Vec<f32>,
    /// Positions with this label are left out: padding. It need not be a class.
    pub ignore_index: Option<u32>,
}

/// [`NegativeLogLikelihood`](struct@NegativeLogLikelihood) without weights or padding.
#[expect(
    non_upper_case_globals,
    reason = "the defaults read like a unit struct: `Trainer::new(net, NegativeLogLikelihood, …)`"
)]
pub const NegativeLogLikelihood: NegativeLogLikelihood =
    NegativeLogLikelihood { class_weights: Vec::new(), ignore_index: None };

impl<P: Numbers, T: ClassIndices<P>> Loss<P, T> for NegativeLogLikelihood {
    fn loss(&self, prediction: &[P], target: &[T], weights: Option<&[f32]>, gradient: Option<&mut [P]>) -> f64 {
        let weight = |class: usize| self.class_weights.get(class).copied().unwrap_or(1.0);
        let (target, ignore) = (Labels::Indices(T::flat(target)), self.ignore_index);
        let operands = Operands { prediction, target, weights, gradient, ignore, exponentials: false };
        mean_over_rows(operands, weight, |row| {
            let Some(Label::Class(class)) = row.label else { return invalid(row.gradient) };
            if let Some(gradient) = row.gradient {
                gradient.fill(0.0);
                gradient[class] = -weight(class) * row.scale;
            }
            -f64::from(weight(class)) * f64::from(row.x[class])
        })
    }
    fn divisor(&self, target: &[T], weights: Option<&[f32]>) -> f64 {
        let own = divisor::<P>(Labels::Indices(T::flat(target)), weights, self.ignore_index, &self.class_weights);
        own.unwrap_or_else(|| samples::<T>(target, weights))
    }
    fn check(&self) -> Result<()> {
        check_classes::<P>("NegativeLogLikelihood", "NegativeLogLikelihood::class_weights", &self.class_weights)
    }
    fn check_target(&self, target: &[T], first: usize) -> Result<()> {
        check_labels::<P>("NegativeLogLikelihood", Labels::Indices(T::flat(target)), self.ignore_index, first)
    }
}

/// `Σ t (ln t − x)` with log-probabilities `x` and probabilities `t` as labels, divided by the number of samples (Kullback and
/// Leibler, 1951; PyTorch's `KLDivLoss` with `reduction="batchmean"`). An element with `t = 0` adds nothing.
///
/// The output has any shape, and the labels have the same.
///
/// ```
/// use nn_core::loss::{self, KlDivergence};
/// let half = 0.5_f32.ln();
/// assert!(loss::value(&KlDivergence, &[[half, half]], &[[0.5, 0.5]]).abs() < 1e-7);
/// assert!((loss::value(&KlDivergence, &[[half, half]], &[[1.0, 0.0]]) - 2_f64.ln()).abs() < 1e-7);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct KlDivergence;

impl<P: Numbers, T: Targets<P>> Loss<P, T> for KlDivergence {
    fn loss(&self, prediction: &[P], target: &[T], weights: Option<&[f32]>, gradient: Option<&mut [P]>) -> f64 {
        // `elementwise` divides by the number of elements too.
        let n = P::LEN as f32;
        elementwise(prediction, T::flat(target), weights, gradient, |_, x, t| {
            (if t == 0.0 { 0.0 } else { n * t * (t.ln() - x) }, -n * t)
        })
    }
    fn check_target(&self, target: &[T], first: usize) -> Result<()> {
        let need = "but a probability is between 0 and 1";
        check_floats::<T>(T::flat(target), first, "KlDivergence", |t| (0.0..=1.001).contains(&t), need)
    }
}
