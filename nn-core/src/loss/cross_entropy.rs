//! Softmax and cross-entropy in one.

use super::categorical::{Label, Operands, Row, check_classes, check_labels, divisor, invalid, mean_over_rows};
use super::{ClassLabels, Loss, Numbers, labels, samples};
use crate::{Error, Result};

/// Cross-entropy of classes from scores (logits): the mean of `Σ_c q_c (ln Σ_k e^{x_k} − x_c)`, PyTorch's `CrossEntropyLoss`.
///
/// `q` is 1 for the labelled class and 0 elsewhere, or the label itself where it is a distribution; smoothing and class weights
/// change it to `q_c ← w_c ((1 − ε) q_c + ε/C)`. The derivative is `softmax(x) Σq − q`. The softmax is part of the loss, so the
/// network ends with scores; no finite score overflows.
///
/// # Shapes
/// An output of `[f32; C]` takes labels of `u32` (indices of classes) or `[f32; C]` (probabilities of classes). An output of
/// `[[f32; C]; T]` has `T` positions and takes `[u32; T]` or `[[f32; C]; T]`; the mean is over all positions.
///
/// # Means
/// With indices the sum is divided by `Σ w_y` over all labels, with probabilities by the number of positions, both as in PyTorch;
/// sample weights multiply both sums. A label that is no class and is not ignored gives NaN.
///
/// ```
/// use nn_core::loss::{self, CrossEntropy};
/// let scores = [[1.0, 1.0, 1.0, 1.0]];
/// assert!((loss::value(&CrossEntropy, &scores, &[2_u32]) - 4_f64.ln()).abs() < 1e-7);
/// assert!((loss::value(&CrossEntropy, &scores, &[[0.5, 0.5, 0.0, 0.0]]) - 4_f64.ln()).abs() < 1e-7);
/// let smooth = CrossEntropy { label_smoothing: 0.1, ..CrossEntropy };
/// assert!(loss::value(&smooth, &[[9.0, 0.0]], &[0_u32]) > loss::value(&CrossEntropy, &[[9.0, 0.0]], &[0_u32]));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CrossEntropy {
    /// ε in 0..=1: how much of a label is spread over all classes (Szegedy et al., 2016).
    pub label_smoothing: f32,
    /// The weight `w` of each class; empty for 1.
    pub class_weights: Vec<f32>,
    /// Positions with this label are left out: padding. It need not be a class.
    pub ignore_index: Option<u32>,
}

/// [`CrossEntropy`](struct@CrossEntropy) without smoothing, weights or padding.
#[expect(non_upper_case_globals, reason = "the defaults read like a unit struct: `Trainer::new(net, CrossEntropy, …)`")]
pub const CrossEntropy: CrossEntropy =
    CrossEntropy { label_smoothing: 0.0, class_weights: Vec::new(), ignore_index: None };

impl CrossEntropy {
    fn weight(&self, class: usize) -> f32 {
        self.class_weights.get(class).copied().unwrap_or(1.0)
    }
}

impl<P: Numbers, T: ClassLabels<P>> Loss<P, T> for CrossEntropy {
    fn loss(&self, prediction: &[P], target: &[T], weights: Option<&[f32]>, gradient: Option<&mut [P]>) -> f64 {
        let (smooth, ignore) = (self.label_smoothing, self.ignore_index);
        let weight = |class: usize| self.weight(class);
        let operands = Operands { prediction, target: labels(target), weights, gradient, ignore, exponentials: true };
        mean_over_rows(operands, weight, |row| {
            let spread = smooth / row.x.len() as f32;
            match row.label {
                Some(Label::Class(class)) if smooth == 0.0 => one_class(row, class, weight(class)),
                Some(Label::Class(class)) => {
                    let own = weight(class) * (1.0 - smooth);
                    distribution(row, |c| weight(c) * spread + if c == class { own } else { 0.0 })
                }
                Some(Label::Probabilities(t)) => distribution(row, |c| weight(c) * ((1.0 - smooth) * t[c] + spread)),
                None => invalid(row.gradient),
            }
        })
    }
    fn divisor(&self, target: &[T], weights: Option<&[f32]>) -> f64 {
        let own = divisor::<P>(labels(target), weights, self.ignore_index, &self.class_weights);
        own.unwrap_or_else(|| samples::<T>(target, weights))
    }
    fn check(&self) -> Result<()> {
        if !(0.0..=1.0).contains(&self.label_smoothing) {
            let problem = format!("is {}, but has to be between 0 and 1", self.label_smoothing);
            return Err(Error::argument("CrossEntropy::label_smoothing", problem));
        }
        check_classes::<P>("CrossEntropy", "CrossEntropy::class_weights", &self.class_weights)
    }
    fn check_target(&self, target: &[T], first: usize) -> Result<()> {
        check_labels::<P>("CrossEntropy", labels(target), self.ignore_index, first)
    }
}

/// A row with all of `q` on one class.
fn one_class(row: Row<'_>, class: usize, weight: f32) -> f64 {
    if let Some(gradient) = row.gradient {
        let factor = (f64::from(weight * row.scale) / row.sum) as f32;
        gradient.iter_mut().for_each(|g| *g *= factor);
        gradient[class] -= weight * row.scale;
    }
    f64::from(weight) * (row.most - f64::from(row.x[class]) + row.sum.ln())
}

/// A row with `q` on any classes.
fn distribution(row: Row<'_>, q: impl Fn(usize) -> f32) -> f64 {
    let log = row.most + row.sum.ln();
    let (mut loss, mut whole) = (0.0, 0.0);
    for (c, &x) in row.x.iter().enumerate() {
        let q = f64::from(q(c));
        whole += q;
        // A class without a share may have a score of −∞ (masked); 0 · ∞ is not 0.
        loss += if q == 0.0 { 0.0 } else { q * (log - f64::from(x)) };
    }
    if let Some(gradient) = row.gradient {
        let factor = (whole / row.sum) as f32;
        gradient.iter_mut().enumerate().for_each(|(c, g)| *g = (*g * factor - q(c)) * row.scale);
    }
    loss
}
