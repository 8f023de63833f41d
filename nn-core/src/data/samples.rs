//! Samples in memory.

use super::{Dataset, Subset, labels, split};
use crate::{Error, IntoBatch, Mut, Ref, Result, Sample, Value};

/// Samples `X`, as many targets `Y`, and a weight for each if wanted: a [`Dataset`] in memory.
///
/// ```
/// use nn_core::data::{Dataset, Samples};
/// let xor = Samples::new([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])?;
/// assert_eq!(xor.len(), 4);
/// assert_eq!(xor.x()[2], [1.0, 0.0]);
/// assert_eq!(xor.y(), &[0, 1, 1, 0]);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub struct Samples<X: Value, Y: Value> {
    x: X::Owned,
    y: Y::Owned,
    weights: Option<Vec<f32>>,
}

impl<X: Sample, Y: Sample> Samples<X, Y> {
    /// Samples and targets from batches, arrays, vectors or slices.
    ///
    /// # Errors
    /// [`Error::Argument`] if there are not as many targets as samples.
    ///
    /// ```
    /// use nn_core::data::Samples;
    /// let problem = Samples::new([[1.0], [2.0]], [0, 1, 1]).unwrap_err();
    /// assert_eq!(problem.to_string(), "Samples: 2 samples, but 3 targets: each sample needs one target");
    /// ```
    pub fn new(x: impl IntoBatch<Sample = X>, y: impl IntoBatch<Sample = Y>) -> Result<Self> {
        Self::from_owned(x.into_batch(), y.into_batch())
    }
}

impl<X: Value, Y: Value> Samples<X, Y> {
    /// Samples and targets from what owns them; for values with several parts, such as `([f32; 4], [u32; 2])`.
    ///
    /// # Errors
    /// [`Error::Argument`] if there are not as many targets as samples, or not as many of each part.
    ///
    /// ```
    /// use nn_core::{Batch, data::Samples};
    /// let numbers = Batch::from([[0.5_f32, 1.5]]);
    /// let categories = Batch::from([[3_u32]]);
    /// let samples = Samples::<([f32; 2], [u32; 1]), u32>::from_owned((numbers, categories), Batch::from([1]))?;
    /// assert_eq!(samples.x().1, &[[3]]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn from_owned(x: X::Owned, y: Y::Owned) -> Result<Self> {
        let (samples, targets) = (count::<X>(&x, "samples")?, count::<Y>(&y, "targets")?);
        if samples != targets {
            let problem = format!("{samples} samples, but {targets} targets: each sample needs one target");
            return Err(Error::argument("Samples", problem));
        }
        Ok(Self { x, y, weights: None })
    }

    /// The same samples, each with a weight in the loss. Only their ratios matter where a loss takes the weighted mean.
    ///
    /// # Errors
    /// [`Error::Argument`] if there are not as many weights as samples, if one is negative or not finite, or if all
    /// are zero.
    pub fn with_weights(mut self, weights: impl Into<Vec<f32>>) -> Result<Self> {
        let weights = weights.into();
        let wrong = |problem| Err(Error::argument("Samples::with_weights", problem));
        if weights.len() != self.len() {
            return wrong(format!("{} weights for {} samples", weights.len(), self.len()));
        }
        if let Some(index) = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
            return wrong(format!(
                "the weight of sample {index} is {}, but weights are finite and at least 0",
                weights[index]
            ));
        }
        if !weights.is_empty() && weights.iter().all(|&weight| weight == 0.0) {
            return wrong("all weights are 0, so nothing could be learnt".into());
        }
        self.weights = Some(weights);
        Ok(self)
    }

    /// The samples.
    pub fn x(&self) -> Ref<'_, X> {
        X::borrow(&self.x)
    }

    /// The targets.
    pub fn y(&self) -> Ref<'_, Y> {
        Y::borrow(&self.y)
    }

    /// The number of samples.
    pub fn len(&self) -> usize {
        X::count(self.x())
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What owns the samples and the targets.
    pub fn into_owned(self) -> (X::Owned, Y::Owned) {
        (self.x, self.y)
    }
}

impl<X: Value> Samples<X, u32> {
    /// That every label is below the number of classes.
    ///
    /// # Errors
    /// [`Error::Argument`] naming the first sample whose label is not.
    ///
    /// ```
    /// use nn_core::data::Samples;
    /// let data = Samples::new([[0.0], [1.0], [2.0]], [0, 3, 1])?;
    /// assert!(data.check_labels(4).is_ok());
    /// assert_eq!(
    ///     data.check_labels(3).unwrap_err().to_string(),
    ///     "labels: sample 1 (counted from 0) has label 3, but 3 classes have the labels 0..=2"
    /// );
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn check_labels(&self, classes: usize) -> Result<()> {
        labels::check_labels(self.y(), classes)
    }

    /// As [`Dataset::split`], but each class is divided as the whole is (within one sample).
    ///
    /// # Errors
    /// [`Error::Argument`] if `fraction` is not between 0 and 1 or leaves a part empty.
    ///
    /// ```
    /// use nn_core::data::{Samples, class_counts};
    /// let data = Samples::new([[0.0]; 10], [0, 0, 0, 0, 0, 0, 0, 0, 1, 1])?;
    /// let (train, test) = data.stratified_split(0.5, 42)?;
    /// assert_eq!(test.indices().iter().filter(|&&i| data.y()[i] == 1).count(), 1);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn stratified_split(&self, fraction: f64, seed: u64) -> Result<(Subset<&Self>, Subset<&Self>)> {
        let (first, second) = split::stratified_split(self.y(), fraction, seed)?;
        Ok((self.subset(first)?, self.subset(second)?))
    }

    /// As [`Dataset::k_fold`], but each class is spread evenly over the folds (within one sample).
    ///
    /// # Errors
    /// [`Error::Argument`] if `k` is below 2 or above the number of samples.
    pub fn stratified_k_fold(&self, k: usize, seed: u64) -> Result<Vec<(Subset<&Self>, Subset<&Self>)>> {
        split::stratified_k_fold(self.y(), k, seed)?
            .into_iter()
            .map(|(train, validation)| Ok((self.subset(train)?, self.subset(validation)?)))
            .collect()
    }
}

impl<X: Value, Y: Value> Dataset<X, Y> for Samples<X, Y> {
    fn len(&self) -> usize {
        self.len()
    }
    fn fill(&self, indices: &[usize], x: Mut<'_, X>, y: Mut<'_, Y>) -> Result<()> {
        check_indices("Samples::fill", indices, self.len())?;
        X::gather(self.x(), indices, x);
        Y::gather(self.y(), indices, y);
        Ok(())
    }
    fn weights(&self) -> Option<&[f32]> {
        self.weights.as_deref()
    }
}

impl<X: Value, Y: Value> Clone for Samples<X, Y> {
    fn clone(&self) -> Self {
        Self { x: self.x.clone(), y: self.y.clone(), weights: self.weights.clone() }
    }
}

impl<X: Value, Y: Value> core::fmt::Debug for Samples<X, Y> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Samples({})", self.describe())
    }
}

/// The number of samples, or of targets, which is that of all their parts.
fn count<V: Value>(owned: &V::Owned, what: &str) -> Result<usize> {
    let mut parts: Vec<(String, usize)> = Vec::new();
    V::counts(owned, &mut |name, count| parts.push((name.to_owned(), count)));
    let first = parts.first().map_or(0, |&(_, count)| count);
    if parts.iter().all(|&(_, count)| count == first) {
        return Ok(first);
    }
    let parts: Vec<String> = parts.into_iter().map(|(name, count)| format!("`{name}` has {count}")).collect();
    let problem = format!("the parts of the {what} are not as many: {}; give as many of each", parts.join(", "));
    Err(Error::argument("Samples", problem))
}

/// That every index is below `len`.
pub(super) fn check_indices(what: &'static str, indices: &[usize], len: usize) -> Result<()> {
    match indices.iter().find(|&&index| index >= len) {
        None => Ok(()),
        Some(index) => Err(Error::argument(what, format!("index {index}, but there are {len} samples"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Batch;

    fn message<T>(result: Result<T>) -> String {
        result.map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn weights_are_checked() {
        let data = Samples::new([[1.0], [2.0]], [0, 1]).unwrap();
        assert_eq!(message(data.clone().with_weights([1.0])), "Samples::with_weights: 1 weights for 2 samples");
        assert_eq!(
            message(data.clone().with_weights([1.0, f32::NAN])),
            "Samples::with_weights: the weight of sample 1 is NaN, but weights are finite and at least 0"
        );
        assert_eq!(
            message(data.clone().with_weights([-0.5, 1.0])),
            "Samples::with_weights: the weight of sample 0 is -0.5, but weights are finite and at least 0"
        );
        assert_eq!(
            message(data.clone().with_weights([0.0, 0.0])),
            "Samples::with_weights: all weights are 0, so nothing could be learnt"
        );
        assert_eq!(data.with_weights([0.0, 2.0]).unwrap().weights(), Some(&[0.0, 2.0][..]));
    }

    #[test]
    fn all_parts_have_as_many_samples() {
        crate::several! { struct Case, CaseRef, CaseMut { image: [f32; 2], age: [f32; 1] } }
        type Nested = (u32, ([f32; 1], u32));
        let case = |images, ages| Case { image: Batch::zeroed(images), age: Batch::zeroed(ages) };
        let nested = |a, b, c| (Batch::zeroed(a), (Batch::zeroed(b), Batch::zeroed(c)));
        assert_eq!(
            message(Samples::<Case, u32>::from_owned(case(3, 1), Batch::zeroed(3))),
            "Samples: the parts of the samples are not as many: `image` has 3, `age` has 1; give as many of each"
        );
        assert_eq!(
            message(Samples::<Case, Nested>::from_owned(case(3, 3), nested(3, 3, 2))),
            "Samples: the parts of the targets are not as many: `0` has 3, `1.0` has 3, `1.1` has 2; give as many of each"
        );
        assert_eq!(
            message(Samples::<Case, Nested>::from_owned(case(3, 3), nested(2, 2, 2))),
            "Samples: 3 samples, but 2 targets: each sample needs one target"
        );
        assert_eq!(Samples::<Case, Nested>::from_owned(case(3, 3), nested(3, 3, 3)).unwrap().len(), 3);
    }

    #[test]
    fn an_index_out_of_range_is_an_error() {
        let data = Samples::new([[1.0], [2.0]], [0, 1]).unwrap();
        let (mut x, mut y) = ([[0.0]; 1], [0; 1]);
        assert_eq!(message(data.fill(&[2], &mut x, &mut y)), "Samples::fill: index 2, but there are 2 samples");
        data.fill(&[1], &mut x, &mut y).unwrap();
        assert_eq!((x, y), ([[2.0]], [1]));
    }

    #[test]
    fn samples_come_from_slices_vectors_and_batches() {
        let x = vec![[1.0_f32, 2.0], [3.0, 4.0]];
        let of_slices = Samples::new(&x[..], &[[0.5_f32], [1.5]][..]).unwrap();
        let of_vectors = Samples::new(x.clone(), vec![[0.5_f32], [1.5]]).unwrap();
        let of_batches = Samples::new(Batch::from(&x[..]), Batch::from([[0.5_f32], [1.5]])).unwrap();
        assert_eq!((of_slices.x(), of_slices.y()), (of_vectors.x(), of_vectors.y()));
        assert_eq!((of_slices.x(), of_slices.y()), (of_batches.x(), of_batches.y()));
        assert_eq!(format!("{of_slices:?}"), "Samples(2 samples of shape [2] with targets of shape [1])");
    }
}
