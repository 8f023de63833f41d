//! Class labels: `u32` indices from 0.

use crate::{Error, Result, Sample};

/// That every label is below the number of classes. Samples may be sequences of labels.
///
/// # Errors
/// [`Error::Argument`] naming the first sample with a label out of range.
///
/// ```
/// use nn_core::data::check_labels;
/// assert!(check_labels(&[0, 2, 1], 3).is_ok());
/// assert_eq!(
///     check_labels(&[[0, 1], [1, 7]], 3).unwrap_err().to_string(),
///     "labels: sample 1 (counted from 0) has label 7, but 3 classes have the labels 0..=2"
/// );
/// ```
pub fn check_labels<Y: Sample<Element = u32>>(labels: &[Y], classes: usize) -> Result<()> {
    let flat = Y::flat(labels);
    match flat.iter().position(|&label| label as usize >= classes) {
        None => Ok(()),
        Some(at) => {
            let (sample, label) = (at / Y::LEN, flat[at]);
            let allowed = match classes {
                0 => "there are no classes".into(),
                1 => "1 class has the label 0".into(),
                _ => format!("{classes} classes have the labels 0..={}", classes - 1),
            };
            let problem = format!("sample {sample} (counted from 0) has label {label}, but {allowed}");
            Err(Error::argument("labels", problem))
        }
    }
}

/// How many samples each class has.
///
/// # Errors
/// As [`check_labels`].
///
/// ```
/// assert_eq!(nn_core::data::class_counts(&[0, 2, 0], 3)?, [2, 0, 1]);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub fn class_counts(labels: &[u32], classes: usize) -> Result<Vec<usize>> {
    check_labels(labels, classes)?;
    let mut counts = vec![0; classes];
    for &label in labels {
        counts[label as usize] += 1;
    }
    Ok(counts)
}

/// Weights that give every class the same influence: `len / (classes · count)`, for the class weights of a loss.
///
/// The rule is scikit-learn's `class_weight="balanced"`.
///
/// # Errors
/// As [`check_labels`]; [`Error::Argument`] if a class has no sample.
///
/// ```
/// assert_eq!(nn_core::data::balanced_class_weights(&[0, 0, 0, 1], 2)?, [4.0 / 6.0, 2.0]);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub fn balanced_class_weights(labels: &[u32], classes: usize) -> Result<Vec<f32>> {
    let counts = class_counts(labels, classes)?;
    if let Some(class) = counts.iter().position(|&count| count == 0) {
        let problem = format!("class {class} of {classes} has no sample, so its weight would be infinite");
        return Err(Error::argument("balanced_class_weights", problem));
    }
    Ok(counts.iter().map(|&count| (labels.len() as f64 / (classes as f64 * count as f64)) as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_class_has_no_weight() {
        let problem = balanced_class_weights(&[0, 0, 2], 3).unwrap_err().to_string();
        assert_eq!(problem, "balanced_class_weights: class 1 of 3 has no sample, so its weight would be infinite");
        let problem = check_labels(&[1], 1).unwrap_err().to_string();
        assert_eq!(problem, "labels: sample 0 (counted from 0) has label 1, but 1 class has the label 0");
        assert!(check_labels(&[0_u32; 0], 0).is_ok());
    }
}
