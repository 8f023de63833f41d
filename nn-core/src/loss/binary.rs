//! Losses for yes or no.

use super::elementwise::{check_floats, elementwise};
use super::{BinaryLabels, Labels, Loss, Numbers, labels};
use crate::{Error, Result};

/// Cross-entropy of yes-or-no labels `y`, from scores (logits) `x`: the mean over all elements of
/// `w y softplus(−x) + (1 − y) softplus(x)` with `softplus(x) = ln(1 + eˣ)` (PyTorch's `BCEWithLogitsLoss`).
///
/// The derivative is `(1 − y) σ(x) − w y σ(−x)`; neither overflows for any finite score. Every element of an output is a question of
/// its own: `[f32; 5]` with labels `[f32; 5]` is five tags that a sample has or has not.
///
/// # Labels
/// 0 and 1, of the same shape as the output, as `f32` (a probability between is allowed) or as `u32`; `[f32; 1]` also takes `f32` and
/// `u32`. A `u32` above 1 gives NaN.
///
/// ```
/// use nn_core::loss::{self, BinaryCrossEntropy};
/// assert!((loss::value(&BinaryCrossEntropy, &[[0.0]], &[1_u32]) - 2_f64.ln()).abs() < 1e-7);
/// assert_eq!(loss::value(&BinaryCrossEntropy, &[[-1e4]], &[1_u32]), 1e4);
/// let rare = BinaryCrossEntropy { pos_weight: vec![9.0] }; // a yes counts as much as nine noes
/// assert!((loss::value(&rare, &[[0.0]], &[1.0]) - 9.0 * 2_f64.ln()).abs() < 1e-5);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BinaryCrossEntropy {
    /// The weight `w` of a yes, one for each element of the output; empty for 1. Above 1 it trades precision for recall.
    pub pos_weight: Vec<f32>,
}

/// [`BinaryCrossEntropy`](struct@BinaryCrossEntropy) without weights.
#[expect(
    non_upper_case_globals,
    reason = "the defaults read like a unit struct: `Trainer::new(net, BinaryCrossEntropy, …)`"
)]
pub const BinaryCrossEntropy: BinaryCrossEntropy = BinaryCrossEntropy { pos_weight: Vec::new() };

impl<P: Numbers, T: BinaryLabels<P>> Loss<P, T> for BinaryCrossEntropy {
    fn loss(&self, prediction: &[P], target: &[T], weights: Option<&[f32]>, gradient: Option<&mut [P]>) -> f64 {
        let of = |j: usize, x: f32, y: f32| {
            let w = self.pos_weight.get(j).copied().unwrap_or(1.0);
            let e = (-x.abs()).exp();
            let (log, small, large) = (e.ln_1p(), e / (1.0 + e), 1.0 / (1.0 + e));
            // σ(x) and σ(−x) without a difference, so that a small one keeps its digits.
            let (yes, no) = if x >= 0.0 { (large, small) } else { (small, large) };
            let (up, down) = (x.max(0.0) + log, (-x).max(0.0) + log);
            // `max` would hide a NaN.
            (if x.is_nan() { x } else { w * y * down + (1.0 - y) * up }, (1.0 - y) * yes - w * y * no)
        };
        each(prediction, target, weights, gradient, of)
    }
    fn check(&self) -> Result<()> {
        let what = "BinaryCrossEntropy::pos_weight";
        match self.pos_weight.len() {
            0 => {}
            n if n == P::LEN => {}
            n => {
                let problem =
                    format!("has {n} weights, but the output has {} elements: give one for each, or none", P::LEN);
                return Err(Error::argument(what, problem));
            }
        }
        match self.pos_weight.iter().find(|w| !(w.is_finite() && **w >= 0.0)) {
            Some(w) => Err(Error::argument(what, format!("has a weight of {w}, but weights are at least 0"))),
            None => Ok(()),
        }
    }
    fn check_target(&self, target: &[T], first: usize) -> Result<()> {
        check_yes_or_no(target, first, "BinaryCrossEntropy")
    }
}

/// Cross-entropy of yes-or-no labels `y`, from probabilities `p`: the mean over all elements of `−y ln p − (1 − y) ln(1 − p)`, each
/// logarithm at least −100 (PyTorch's `BCELoss`).
///
/// The derivative is `(p − y) / max(p (1 − p), 10⁻¹²)`. [`BinaryCrossEntropy`](struct@BinaryCrossEntropy) on scores is more exact
/// and cheaper; this one is for networks that have to give probabilities. The labels are the same.
///
/// ```
/// use nn_core::loss::{self, BinaryCrossEntropyOnProbabilities};
/// let value = loss::value(&BinaryCrossEntropyOnProbabilities, &[[0.5, 1.0]], &[[1_u32, 1]]);
/// assert!((value - 2_f64.ln() / 2.0).abs() < 1e-7);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BinaryCrossEntropyOnProbabilities;

impl<P: Numbers, T: BinaryLabels<P>> Loss<P, T> for BinaryCrossEntropyOnProbabilities {
    fn loss(&self, prediction: &[P], target: &[T], weights: Option<&[f32]>, gradient: Option<&mut [P]>) -> f64 {
        let of = |_: usize, p: f32, y: f32| {
            // Not `max`, which would hide a NaN.
            let at_least = |log: f32| if log < -100.0 { -100.0 } else { log };
            let value = -y * at_least(p.ln()) - (1.0 - y) * at_least((-p).ln_1p());
            (value, (p - y) / (p * (1.0 - p)).max(1e-12))
        };
        each(prediction, target, weights, gradient, of)
    }
    fn check_target(&self, target: &[T], first: usize) -> Result<()> {
        check_yes_or_no(target, first, "BinaryCrossEntropyOnProbabilities")
    }
}

/// The mean of `of(index, prediction, label)` with labels of either kind as `f32`.
fn each<P: Numbers, T: BinaryLabels<P>>(
    prediction: &[P],
    target: &[T],
    weights: Option<&[f32]>,
    gradient: Option<&mut [P]>,
    of: impl Fn(usize, f32, f32) -> (f32, f32),
) -> f64 {
    match labels(target) {
        Labels::Floats(target) => elementwise(prediction, target, weights, gradient, of),
        Labels::Indices(target) => elementwise(prediction, target, weights, gradient, |j, x, y: u32| {
            of(j, x, if y <= 1 { y as f32 } else { f32::NAN })
        }),
    }
}

fn check_yes_or_no<P, T: BinaryLabels<P>>(target: &[T], first: usize, what: &'static str) -> Result<()> {
    match labels(target) {
        Labels::Floats(target) => {
            check_floats::<T>(target, first, what, |y| (0.0..=1.0).contains(&y), "but has to be 0, 1 or between")
        }
        Labels::Indices(target) => match target.iter().position(|&y| y > 1) {
            None => Ok(()),
            Some(i) => {
                let problem = format!(
                    "the label of sample {} is {}, but has to be 0 or 1 (for more classes, use `CrossEntropy`)",
                    first + i / T::LEN,
                    target[i]
                );
                Err(Error::argument(what, problem))
            }
        },
    }
}
