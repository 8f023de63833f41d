//! What losses over classes share: rows of classes, weights of classes, labels that make no sense.

use super::elementwise::{same_number, weight_of};
use super::{Labels, Numbers};
use crate::{Error, Result};
use nn_kernels::row_exponentials;

/// The number of classes of an output and the number of rows (positions) of one sample.
pub(super) fn rows_of<P: Numbers>() -> (usize, usize) {
    let classes = P::SHAPE.last();
    (classes, P::LEN.checked_div(classes).unwrap_or(0))
}

/// What [`mean_over_rows`] works on.
pub(super) struct Operands<'a, P> {
    pub prediction: &'a [P],
    pub target: Labels<'a>,
    pub weights: Option<&'a [f32]>,
    pub gradient: Option<&'a mut [P]>,
    /// Rows with this label are left out.
    pub ignore: Option<u32>,
    /// Whether [`Row::most`], [`Row::sum`] and [`Row::gradient`] are filled in.
    pub exponentials: bool,
}

/// One row of classes.
pub(super) struct Row<'a> {
    /// What the network gives.
    pub x: &'a [f32],
    /// The label; none for a class that the output does not have.
    pub label: Option<Label<'a>>,
    /// The largest of `x`.
    pub most: f64,
    /// `Σ e^{x − most}`.
    pub sum: f64,
    /// The gradient to be written; at first `e^{x − most}`.
    pub gradient: Option<&'a mut [f32]>,
    /// What the gradient of the row is to be multiplied with.
    pub scale: f32,
}

/// The label of one row.
#[derive(Clone, Copy)]
pub(super) enum Label<'a> {
    /// A class.
    Class(usize),
    /// A probability for each class.
    Probabilities(&'a [f32]),
}

/// Rows whose exponentials are taken at once.
const GROUP: usize = 64;

/// The mean over rows, weighted by `Σ sᵢ w(row)`, of what `each` gives; `each` also writes the gradient of the row.
///
/// `class_weight` is the weight of a class for the divisor.
pub(super) fn mean_over_rows<P: Numbers>(
    operands: Operands<'_, P>,
    class_weight: impl Fn(usize) -> f32,
    each: impl Fn(Row<'_>) -> f64,
) -> f64 {
    let Operands { prediction, target, weights, gradient, ignore, exponentials } = operands;
    let (n, (classes, rows)) = (prediction.len(), rows_of::<P>());
    let prediction = P::flat(prediction);
    let mut gradient = gradient.map(P::flat_mut);
    if let Some(gradient) = &gradient {
        same_number("elements of gradient", gradient.len(), prediction.len());
    }
    let whole = weight_of(n, weights);
    let weight = |row: usize| weights.map_or(1.0, |s| f64::from(s[row / rows]));
    let total = match target {
        Labels::Floats(target) => {
            same_number("elements of labels", target.len(), prediction.len());
            whole * rows as f64
        }
        Labels::Indices(target) => {
            same_number("labels", target.len(), n * rows);
            count(target, rows, weights, ignore, &class_weight)
        }
    };
    let (mut sum, mut most, mut sums) = (0.0, [0.0; GROUP], [0.0; GROUP]);
    for row in 0..n * rows {
        let range = row * classes..(row + 1) * classes;
        if exponentials && row % GROUP == 0 {
            let count = GROUP.min(n * rows - row);
            let group = row * classes..(row + count) * classes;
            let keep = gradient.as_mut().map(|gradient| &mut gradient[group.clone()]);
            row_exponentials(&prediction[group], classes, keep, &mut most[..count], &mut sums[..count]);
        }
        let gradient = gradient.as_mut().map(|gradient| &mut gradient[range.clone()]);
        let (weight, ignored) = (weight(row), matches!(target, Labels::Indices(target) if Some(target[row]) == ignore));
        // What weighs nothing may be anything; 0 · NaN is not 0.
        if weight == 0.0 || total == 0.0 || ignored {
            gradient.into_iter().for_each(|gradient| gradient.fill(0.0));
            continue;
        }
        let label = match target {
            Labels::Floats(target) => Some(Label::Probabilities(&target[range.clone()])),
            Labels::Indices(target) => Some(target[row] as usize).filter(|&class| class < classes).map(Label::Class),
        };
        let (most, exponentials) = (f64::from(most[row % GROUP]), f64::from(sums[row % GROUP]));
        let scale = (weight / total) as f32;
        sum += weight * each(Row { x: &prediction[range], label, most, sum: exponentials, gradient, scale });
    }
    if total == 0.0 { 0.0 } else { sum / total }
}

/// What rows with these labels count together: each its sample's weight times that of its class, and those that are left out nothing.
fn count(
    target: &[u32],
    rows: usize,
    weights: Option<&[f32]>,
    ignore: Option<u32>,
    class_weight: impl Fn(usize) -> f32,
) -> f64 {
    let weight = |row: usize| weights.map_or(1.0, |s| f64::from(s[row / rows]));
    let counted = target.iter().enumerate().filter(|&(_, &class)| Some(class) != ignore);
    counted.map(|(row, &class)| weight(row) * f64::from(class_weight(class as usize))).sum()
}

/// [`Loss::divisor`](super::Loss::divisor) of losses that divide by what the labelled classes weigh.
pub(super) fn divisor<P: Numbers>(
    target: Labels<'_>,
    weights: Option<&[f32]>,
    ignore: Option<u32>,
    class_weights: &[f32],
) -> Option<f64> {
    let (_, rows) = rows_of::<P>();
    match target {
        Labels::Indices(target) if ignore.is_some() || !class_weights.is_empty() => {
            let class_weight = |class: usize| class_weights.get(class).copied().unwrap_or(1.0);
            Some(count(target, rows, weights, ignore, class_weight) / rows.max(1) as f64)
        }
        _ => None,
    }
}

/// The outcome of a row whose label makes no sense.
pub(super) fn invalid(gradient: Option<&mut [f32]>) -> f64 {
    gradient.into_iter().for_each(|gradient| gradient.fill(f32::NAN));
    f64::NAN
}

/// Whether there are several classes, and as many weights as classes.
pub(super) fn check_classes<P: Numbers>(loss: &'static str, what: &'static str, class_weights: &[f32]) -> Result<()> {
    let (classes, _) = rows_of::<P>();
    if classes < 2 {
        let problem = format!(
            "needs an output of at least 2 classes, but it has shape {}; for yes or no from one score, use `BinaryCrossEntropy`",
            P::SHAPE
        );
        return Err(Error::argument(loss, problem));
    }
    if !class_weights.is_empty() && class_weights.len() != classes {
        let problem = format!(
            "has {} weights, but the output has {classes} classes: give one weight for each class, or none",
            class_weights.len()
        );
        return Err(Error::argument(what, problem));
    }
    if !class_weights.is_empty() && class_weights.iter().all(|&weight| weight == 0.0) {
        return Err(Error::argument(what, "all weights are 0, so nothing could be learnt; give one above 0, or none"));
    }
    match class_weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
        Some(class) => {
            let problem = format!("has {} for class {class}, but weights are at least 0", class_weights[class]);
            Err(Error::argument(what, problem))
        }
        None => Ok(()),
    }
}

/// Whether every label is a class or a distribution over classes.
pub(super) fn check_labels<P: Numbers>(
    loss: &'static str,
    target: Labels<'_>,
    ignore: Option<u32>,
    first: usize,
) -> Result<()> {
    let (classes, rows) = rows_of::<P>();
    let place = |row: usize| {
        let position = if rows == 1 { String::new() } else { format!(", position {}", row % rows) };
        format!("sample {}{position}", first + row / rows)
    };
    let problem = match target {
        Labels::Indices(target) => {
            let wrong = |&class: &u32| class as usize >= classes && Some(class) != ignore;
            target.iter().position(wrong).map(|row| {
                let last = classes.saturating_sub(1);
                format!(
                    "the label of {} is {}, but the output has {classes} classes (0 to {last})",
                    place(row),
                    target[row]
                )
            })
        }
        Labels::Floats(target) => target.chunks_exact(classes.max(1)).enumerate().find_map(|(row, t)| {
            if let Some(class) = t.iter().position(|p| !(0.0..=1.001).contains(p)) {
                let need = "but a probability is between 0 and 1";
                return Some(format!("the label of {} has {} for class {class}, {need}", place(row), t[class]));
            }
            let sum: f64 = t.iter().map(|&p| f64::from(p)).sum();
            let need = "but have to sum to 1 (for tags that may occur together, use `BinaryCrossEntropy`)";
            ((sum - 1.0).abs() > 1e-3).then(|| format!("the probabilities of {} sum to {sum:.4}, {need}", place(row)))
        }),
    };
    problem.map_or(Ok(()), |problem| Err(Error::argument(loss, problem)))
}
