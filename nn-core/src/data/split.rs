//! Splitting a number of samples into parts, by index.
//!
//! One rule serves all: shuffle the indices; with labels, put those of a class together, the classes in a random order, and keep the shuffled
//! order within a class; then deal them out evenly along that list. So the sizes of the parts are exact, and with labels every class is
//! divided as the whole is, within one sample. With labels, dealing begins at a random place of its pattern: else that pattern, and not
//! chance, would say into which part the only sample of a class comes.

use crate::random::{Random, fold};
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
    two_parts(shuffled(len, "split", seed), fraction, None)
}

/// As [`split`], with every class divided as the whole is, within one sample. Where a class has too few samples for both parts, chance
/// decides, and in the long run a sample is in the first part as often as the fraction says.
///
/// # Errors
/// As [`split`].
pub fn stratified_split(labels: &[u32], fraction: f64, seed: u64) -> Result<(Vec<usize>, Vec<usize>)> {
    let start = Random::new(seed, "split start").below(labels.len());
    two_parts(by_class(shuffled(labels.len(), "split", seed), labels, seed), fraction, Some(start))
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
    folds(shuffled(len, "k-fold", seed), k, 0)
}

/// As [`k_fold`], with every class spread evenly over the validation parts, within one sample; chance decides into which those of a rare class come.
///
/// # Errors
/// As [`k_fold`].
pub fn stratified_k_fold(labels: &[u32], k: usize, seed: u64) -> Result<Vec<Fold>> {
    let start = Random::new(seed, "k-fold start").below(k);
    folds(by_class(shuffled(labels.len(), "k-fold", seed), labels, seed), k, start)
}

fn shuffled(len: usize, purpose: &str, seed: u64) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..len).collect();
    Random::new(seed, purpose).shuffle(&mut indices);
    indices
}

/// The indices of a class together, in their order, and the classes in a random one.
fn by_class(mut indices: Vec<usize>, labels: &[u32], seed: u64) -> Vec<usize> {
    let seed = fold(seed, "split");
    indices.sort_by_cached_key(|&index| {
        let label = labels[index];
        (Random::new(seed, "class").at(u64::from(label)).bits(), label)
    });
    indices
}

/// Deals indices out; with `start`, a number below theirs, from there on in the pattern.
fn two_parts(indices: Vec<usize>, fraction: f64, start: Option<usize>) -> Result<(Vec<usize>, Vec<usize>)> {
    let len = indices.len();
    let rounded = |n: usize| (n as f64 * fraction).round() as usize;
    // Of the first n indices, this many belong to the first part; of all, as many whatever the start.
    let share = |n: usize| match start {
        None => rounded(n),
        Some(start) if len > 0 => ((n as u128 * rounded(len) as u128 + start as u128) / len as u128) as usize,
        Some(_) => 0,
    };
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

/// Deals indices out to `k` folds, to that of number `start` first.
fn folds(indices: Vec<usize>, k: usize, start: usize) -> Result<Vec<Fold>> {
    let len = indices.len();
    if k < 2 || k > len {
        let problem = format!("{k} folds of {len} samples; there must be at least 2 and at most one for each sample");
        return Err(Error::argument("k_fold", problem));
    }
    let mut fold_of = vec![0; len];
    for (place, index) in indices.into_iter().enumerate() {
        fold_of[index] = (start + place) % k;
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

    /// How many samples of a class a part has.
    fn of_class(labels: &[u32], part: &[usize], class: u32) -> usize {
        part.iter().filter(|&&index| labels[index] == class).count()
    }

    #[test]
    fn chance_decides_where_the_samples_of_rare_classes_come() {
        // How often the first part has so many of class `rare`, of 1000 seeds.
        let counts = |labels: &[u32], fraction: f64, rare: u32| {
            let mut counts = [0_usize; 3];
            for seed in 0..1000 {
                let (first, second) = stratified_split(labels, fraction, seed).unwrap();
                assert_eq!(first.len(), (labels.len() as f64 * fraction).round() as usize);
                assert_eq!(together(&[&first, &second]), (0..labels.len()).collect::<Vec<_>>());
                counts[of_class(labels, &first, rare)] += 1;
            }
            counts
        };
        for len in [100, 101, 103] {
            for (one, rare) in [(0, 0), (len - 1, 0), (50, 7)] {
                let mut labels = vec![1; len];
                labels[one] = rare;
                for fraction in [0.8, 0.4] {
                    // Binomial, with a standard deviation of at most 16.
                    let [_, first, _] = counts(&labels, fraction, rare);
                    assert!((first as f64 - 1000.0 * fraction).abs() < 70.0, "{len}, {fraction}: {first}");
                }
                // Of two, both or one: 1.6 of them in the mean.
                labels[20] = rare;
                let [none, one, both] = counts(&labels, 0.8, rare);
                assert!(none == 0 && one.abs_diff(400) < 70 && both.abs_diff(600) < 70, "{len}: {one}, {both}");
            }
        }
    }

    #[test]
    fn every_class_reaches_every_part() {
        let labels: Vec<u32> = (0..40).map(|i| i % 20).collect();
        let mut validated = [0; 20];
        let mut tested = [[0; 5]; 20];
        for seed in 0..500 {
            let (_, second) = stratified_split(&labels, 0.8, seed).unwrap();
            assert_eq!(second.len(), 8);
            let folds = stratified_k_fold(&labels, 5, seed).unwrap();
            for class in 0..20 {
                let count = of_class(&labels, &second, class as u32);
                assert!(count <= 1, "seed {seed}, class {class}");
                validated[class] += count;
                for (fold, (_, validation)) in folds.iter().enumerate() {
                    assert_eq!(validation.len(), 8);
                    let count = of_class(&labels, validation, class as u32);
                    assert!(count <= 1, "seed {seed}, class {class}");
                    tested[class][fold] += count;
                }
            }
        }
        // Means of 200, with a standard deviation of 11.
        assert!(
            validated.iter().chain(tested.as_flattened()).all(|count| (150..250).contains(count)),
            "{validated:?} {tested:?}"
        );
    }

    #[test]
    fn classes_of_any_sizes_are_divided_as_evenly_as_can_be() {
        for seed in 0..200 {
            let mut random = Random::new(seed, "sizes");
            let len = 2 + random.below(60);
            let labels: Vec<u32> = (0..len).map(|_| (random.uniform().powi(2) * 5.0) as u32).collect();
            let fraction = 0.1 + 0.8 * random.uniform();
            let k = 2 + random.below(len - 1);
            let folds = stratified_k_fold(&labels, k, seed).unwrap();
            assert!(folds.iter().all(|fold| fold.1.len() == len / k || fold.1.len() == len.div_ceil(k)));
            let split = stratified_split(&labels, fraction, seed).ok();
            for class in 0..5 {
                let all = labels.iter().filter(|&&label| label == class).count();
                let counts = folds.iter().map(|fold| of_class(&labels, &fold.1, class));
                assert!(counts.into_iter().all(|count| count == all / k || count == all.div_ceil(k)), "seed {seed}");
                if let Some((first, _)) = &split {
                    let (count, share) = (of_class(&labels, first, class), all * first.len());
                    assert!(count == share / len || count == share.div_ceil(len), "seed {seed}: {count} of {all}");
                }
            }
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
        assert!(stratified_split(&[], 0.5, 0).is_err() && stratified_split(&[0; 3], 0.9, 0).is_err());
        assert!(stratified_k_fold(&[], 2, 0).is_err() && stratified_k_fold(&[0; 3], 0, 0).is_err());
        assert!(k_fold(3, 1, 0).is_err());
        assert!(k_fold(3, 3, 0).is_ok());
    }
}
