//! Splitting a number of samples into parts, by index.
//!
//! One rule serves all: shuffle the indices; with labels, sort them by class and keep the shuffled order within a class;
//! then deal them out evenly along that list. So the sizes of the parts are exact, and with labels every class is
//! divided in the same ratio, within one sample.

use crate::random::Random;
use crate::{Error, Result};

/// Indices of two parts of `0..len` chosen at random; the first has `fraction` of them, rounded. Both are in ascending order.
///
/// # Errors
/// [`Error::Argument`] if `fraction` is not between 0 and 1 or leaves a part empty.
///
/// ```
/// let (first, second) = nn_core::data::split(10, 0.7, 42)?;
/// assert_eq!((first.len(), second.len()), (7, 3));
/// # Ok::<(), nn_core::Error>(())
/// ```
pub fn split(len: usize, fraction: f64, seed: u64) -> Result<(Vec<usize>, Vec<usize>)> {
    two_parts(shuffled(len, "split", seed), fraction)
}

/// As [`split`], with every class divided by the same fraction, within one sample.
///
/// # Errors
/// As [`split`].
pub fn stratified_split(labels: &[u32], fraction: f64, seed: u64) -> Result<(Vec<usize>, Vec<usize>)> {
    two_parts(by_class(shuffled(labels.len(), "split", seed), labels), fraction)
}

/// A training and a validation part, as indices.
pub type Fold = (Vec<usize>, Vec<usize>);

/// `k` pairs of a training and a validation part of `0..len`. Each index is in exactly one validation part.
///
/// # Errors
/// [`Error::Argument`] if `k` is below 2 or above `len`.
///
/// ```
/// for (train, validation) in nn_core::data::k_fold(10, 5, 42)? {
///     assert_eq!((train.len(), validation.len()), (8, 2));
/// }
/// # Ok::<(), nn_core::Error>(())
/// ```
pub fn k_fold(len: usize, k: usize, seed: u64) -> Result<Vec<Fold>> {
    folds(shuffled(len, "k-fold", seed), k)
}

/// As [`k_fold`], with every class spread evenly over the validation parts, within one sample.
///
/// # Errors
/// As [`k_fold`].
pub fn stratified_k_fold(labels: &[u32], k: usize, seed: u64) -> Result<Vec<Fold>> {
    folds(by_class(shuffled(labels.len(), "k-fold", seed), labels), k)
}

fn shuffled(len: usize, purpose: &str, seed: u64) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..len).collect();
    Random::new(seed, purpose).shuffle(&mut indices);
    indices
}

fn by_class(mut indices: Vec<usize>, labels: &[u32]) -> Vec<usize> {
    indices.sort_by_key(|&index| labels[index]);
    indices
}

fn two_parts(indices: Vec<usize>, fraction: f64) -> Result<(Vec<usize>, Vec<usize>)> {
    let len = indices.len();
    // Of the first n indices, this many belong to the first part.
    let share = |n: usize| (n as f64 * fraction).round() as usize;
    if !(fraction > 0.0 && fraction < 1.0) {
        let problem = format!("the fraction is {fraction}, but it must lie between 0 and 1, such as 0.8");
        return Err(Error::argument("split", problem));
    }
    if share(len) == 0 || share(len) == len {
        let (first, second) = (share(len), len - share(len));
        let problem = format!("a fraction of {fraction} divides {len} samples into {first} and {second}");
        return Err(Error::argument("split", problem));
    }
    let (mut first, mut second) = (Vec::with_capacity(share(len)), Vec::with_capacity(len - share(len)));
    for (place, index) in indices.into_iter().enumerate() {
        let part = if share(place + 1) > share(place) { &mut first } else { &mut second };
        part.push(index);
    }
    first.sort_unstable();
    second.sort_unstable();
    Ok((first, second))
}

fn folds(indices: Vec<usize>, k: usize) -> Result<Vec<Fold>> {
    let len = indices.len();
    if k < 2 || k > len {
        let problem = format!("{k} folds of {len} samples; there must be at least 2 and at most one for each sample");
        return Err(Error::argument("k_fold", problem));
    }
    let mut fold_of = vec![0; len];
    for (place, index) in indices.into_iter().enumerate() {
        fold_of[index] = place % k;
    }
    Ok((0..k).map(|fold| (0..len).partition(|&index| fold_of[index] != fold)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn together(parts: &[&[usize]]) -> Vec<usize> {
        let mut all = parts.concat();
        all.sort_unstable();
        all
    }

    #[test]
    fn parts_are_a_partition_of_the_right_sizes_and_depend_on_the_seed() {
        for (len, fraction) in [(2, 0.5), (10, 0.8), (150, 0.75), (1001, 0.1), (7, 0.9)] {
            let (first, second) = split(len, fraction, 3).unwrap();
            assert_eq!(first.len(), (len as f64 * fraction).round() as usize);
            assert_eq!(together(&[&first, &second]), (0..len).collect::<Vec<_>>());
        }
        assert_eq!(split(100, 0.8, 3).unwrap(), split(100, 0.8, 3).unwrap());
        assert_ne!(split(100, 0.8, 3).unwrap(), split(100, 0.8, 4).unwrap());
    }

    #[test]
    fn stratified_parts_keep_the_ratios_of_the_classes() {
        let labels: Vec<u32> = (0..200).map(|i| if i % 10 == 0 { 7 } else { u32::from(i % 4 == 1) }).collect();
        for seed in 0..20 {
            let (first, second) = stratified_split(&labels, 0.7, seed).unwrap();
            assert_eq!(first.len(), 140);
            assert_eq!(together(&[&first, &second]), (0..200).collect::<Vec<_>>());
            for class in [0, 1, 7] {
                let of_class = |part: &[usize]| part.iter().filter(|&&i| labels[i] == class).count() as f64;
                let all: Vec<usize> = (0..200).collect();
                assert!((of_class(&first) - 0.7 * of_class(&all)).abs() <= 1.0, "seed {seed}, class {class}");
            }
        }
    }

    #[test]
    fn a_sample_is_in_one_validation_part_and_in_all_other_training_parts() {
        let labels: Vec<u32> = (0..103).map(|i| u32::from(i < 20)).collect();
        for folds in [k_fold(103, 5, 1).unwrap(), stratified_k_fold(&labels, 5, 1).unwrap()] {
            let validation: Vec<&[usize]> = folds.iter().map(|fold| &fold.1[..]).collect();
            assert_eq!(together(&validation), (0..103).collect::<Vec<_>>());
            for (train, validation) in &folds {
                assert_eq!(together(&[train, validation]), (0..103).collect::<Vec<_>>());
                assert!(validation.len() == 20 || validation.len() == 21);
            }
        }
        for (_, validation) in stratified_k_fold(&labels, 5, 1).unwrap() {
            assert_eq!(validation.iter().filter(|&&i| labels[i] == 1).count(), 4);
        }
    }

    #[test]
    fn senseless_fractions_and_numbers_of_folds_are_errors() {
        let message = |result: Result<_>| result.map(|_: Fold| ()).unwrap_err().to_string();
        assert_eq!(
            message(split(10, 1.5, 0)),
            "split: the fraction is 1.5, but it must lie between 0 and 1, such as 0.8"
        );
        assert_eq!(
            message(split(10, f64::NAN, 0)),
            "split: the fraction is NaN, but it must lie between 0 and 1, such as 0.8"
        );
        assert_eq!(message(split(3, 0.9, 0)), "split: a fraction of 0.9 divides 3 samples into 3 and 0");
        assert_eq!(message(split(0, 0.5, 0)), "split: a fraction of 0.5 divides 0 samples into 0 and 0");
        assert_eq!(
            k_fold(3, 4, 0).unwrap_err().to_string(),
            "k_fold: 4 folds of 3 samples; there must be at least 2 and at most one for each sample"
        );
        assert!(k_fold(3, 1, 0).is_err());
        assert!(k_fold(3, 3, 0).is_ok());
    }
}
