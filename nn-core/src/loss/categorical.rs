//! What losses over classes share: rows of classes, weights of classes, labels that make no sense.

use super::elementwise::{same_number, weight_of};
use super::{Labels, Numbers};
use crate::{Error, Result};

/// The number of classes of an output and the number of rows (positions) of one sample.
pub(super) fn rows_of<P: Numbers>() -> (usize, usize) {
    let classes = P::SHAPE.last();
    (classes, P::LEN.checked_div(classes).unwrap_or(0))
}

/// The label of one row.
#[derive(Clone, Copy)]
pub(super) enum Label<'a> {
    /// A class.
    Class(usize),
    /// A probability for each class.
    Probabilities(&'a [f32]),
    /// A class that the output does not have.
    Invalid,
}

/// The mean over rows, weighted by `Σ sᵢ w(row)`, of what `each` gives.
///
/// `class_weight` is the weight of a class for the divisor; rows labelled `ignore` are left out. `each` is given the scores of a row,
/// its label, the gradient to be written and the factor `sᵢ/total` for it, and gives the unscaled loss of the row.
pub(super) fn mean_over_rows<P: Numbers>(
    prediction: &[P],
    target: Labels<'_>,
    weights: Option<&[f32]>,
    gradient: Option<&mut [P]>,
    ignore: Option<u32>,
    class_weight: impl Fn(usize) -> f32,
    each: impl Fn(&[f32], Label<'_>, Option<&mut [f32]>, f32) -> f64,
) -> f64 {
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
            let counted = target.iter().enumerate().filter(|&(_, &class)| Some(class) != ignore);
            counted.map(|(row, &class)| weight(row) * f64::from(class_weight(class as usize))).sum()
        }
    };
    let mut sum = 0.0;
    for row in 0..n * rows {
        let range = row * classes..(row + 1) * classes;
        let weight = weight(row);
        let label = match target {
            Labels::Floats(target) => Some(Label::Probabilities(&target[range.clone()])),
            Labels::Indices(target) if Some(target[row]) == ignore => None,
            Labels::Indices(target) if (target[row] as usize) < classes => Some(Label::Class(target[row] as usize)),
            Labels::Indices(_) => Some(Label::Invalid),
        };
        let gradient = gradient.as_mut().map(|gradient| &mut gradient[range.clone()]);
        match label {
            // What weighs nothing may be anything; 0 · NaN is not 0.
            Some(label) if weight != 0.0 && total != 0.0 => {
                sum += weight * each(&prediction[range], label, gradient, (weight / total) as f32);
            }
            _ => gradient.into_iter().for_each(|gradient| gradient.fill(0.0)),
        }
    }
    if total == 0.0 { 0.0 } else { sum / total }
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
