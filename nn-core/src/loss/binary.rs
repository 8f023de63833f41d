//! Losses for yes or no.

use super::elementwise::{BLOCK, by_blocks, check_floats, elementwise};
use super::{BinaryLabels, Labels, Loss, Numbers, labels};
use crate::{Error, Result};
use nn_kernels::logistic;

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

impl BinaryCrossEntropy {
    fn of<P: Numbers, T: Copy>(
        &self,
        prediction: &[P],
        target: &[T],
        weights: Option<&[f32]>,
        gradient: Option<&mut [P]>,
        label: impl Fn(T) -> f32,
    ) -> f64 {
        by_blocks(prediction, target, weights, gradient, |start, x, target, values, slopes| {
            let n = x.len();
            let (mut log, mut small, ones) = ([0.0; BLOCK], [0.0; BLOCK], [1.0; BLOCK]);
            logistic(x, &mut log[..n], &mut small[..n]);
            let w = self.pos_weight.get(start..start + n).unwrap_or(&ones[..n]);
            for i in 0..n {
                let (x, y, w) = (x[i], label(target[i]), w[i]);
                let (large, positive) = (1.0 - small[i], x >= 0.0);
                // σ(x) and σ(−x), and the logarithms of their inverses; `log` carries a NaN on.
                let (yes, no) = (if positive { large } else { small[i] }, if positive { small[i] } else { large });
                let (up, down) = (log[i] + if positive { x } else { 0.0 }, log[i] - if positive { 0.0 } else { x });
                values[i] = w * y * down + (1.0 - y) * up;
                slopes[i] = (1.0 - y) * yes - w * y * no;
            }
        })
    }
}

impl<P: Numbers, T: BinaryLabels<P>> Loss<P, T> for BinaryCrossEntropy {
    fn loss(&self, prediction: &[P], target: &[T], weights: Option<&[f32]>, gradient: Option<&mut [P]>) -> f64 {
        match labels(target) {
            Labels::Floats(target) => self.of(prediction, target, weights, gradient, |y| y),
            Labels::Indices(target) => self.of(prediction, target, weights, gradient, yes_or_no),
        }
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
        let of = |p: f32, y: f32| {
            // Not `max`, which would hide a NaN.
            let at_least = |log: f32| if log < -100.0 { -100.0 } else { log };
            let value = -y * at_least(p.ln()) - (1.0 - y) * at_least((-p).ln_1p());
            (value, (p - y) / (p * (1.0 - p)).max(1e-12))
        };
        match labels(target) {
            Labels::Floats(target) => elementwise(prediction, target, weights, gradient, |_, p, y| of(p, y)),
            Labels::Indices(target) => {
                elementwise(prediction, target, weights, gradient, |_, p, y| of(p, yes_or_no(y)))
            }
        }
    }
    fn check_target(&self, target: &[T], first: usize) -> Result<()> {
        check_yes_or_no(target, first, "BinaryCrossEntropyOnProbabilities")
    }
}

/// A label as a number; NaN for what is neither.
fn yes_or_no(label: u32) -> f32 {
    if label <= 1 { label as f32 } else { f32::NAN }
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
