//! What samples and targets can be given as.

use crate::{Batch, Sample};
use generic_array::{ArrayLength, GenericArray};

/// A sample as users write it. Its own type is an associated type, not a parameter: where data of another type is given, such as
/// `Vec<i64>` for labels, rustc then says so once, instead of again for every later use of the data.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a sample or a target",
    label = "expected values of `f32`, or class indices and tokens of `u32`",
    note = "convert the data first: labels by `.map(|label| label as u32)`, values by `.map(|value| value as f32)`, rows by `.map(|row| row.map(|value| value as f32))`"
)]
#[doc(hidden)]
pub trait AsSample: Sized {
    /// The type itself.
    type Sample: Sample;

    /// The elements of all samples, one after the other.
    fn flat(batch: &[Self]) -> &[<Self::Sample as Sample>::Element];
}

/// What a [`Batch`] can be made from: a vector, an array or a slice of samples, or a batch.
///
/// ```
/// use nn_core::IntoBatch;
/// assert_eq!(vec![[1.0, 2.0], [3.0, 4.0]].into_batch().flat(), &[1.0, 2.0, 3.0, 4.0]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a batch of samples",
    label = "expected a `Vec`, an array, a slice or a `Batch` of samples",
    note = "a sample is an array of `f32` or `u32`, or a single number"
)]
pub trait IntoBatch {
    /// One sample.
    type Sample: Sample;

    /// The samples as a batch; a copy, unless it is one already.
    fn into_batch(self) -> Batch<Self::Sample>;
}

macro_rules! scalars {
    ($($element:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl AsSample for $element {
            type Sample = Self;

            fn flat(batch: &[Self]) -> &[Self] {
                batch
            }
        }
    )*};
}
scalars!(f32, u32);

#[diagnostic::do_not_recommend]
impl<S: AsSample, const N: usize> AsSample for [S; N] {
    type Sample = [S::Sample; N];

    fn flat(batch: &[Self]) -> &[<S::Sample as Sample>::Element] {
        S::flat(batch.as_flattened())
    }
}

#[diagnostic::do_not_recommend]
impl<S: AsSample, N: ArrayLength + Send + Sync + 'static> AsSample for GenericArray<S, N> {
    type Sample = GenericArray<S::Sample, N>;

    fn flat(batch: &[Self]) -> &[<S::Sample as Sample>::Element] {
        S::flat(GenericArray::slice_from_chunks(batch))
    }
}

fn copied<S: AsSample>(samples: &[S]) -> Batch<S::Sample> {
    let mut batch = Batch::zeroed(samples.len());
    batch.flat_mut().copy_from_slice(S::flat(samples));
    batch
}

impl<S: AsSample> IntoBatch for Vec<S> {
    type Sample = S::Sample;

    fn into_batch(self) -> Batch<S::Sample> {
        copied(&self)
    }
}

impl<S: AsSample, const N: usize> IntoBatch for [S; N] {
    type Sample = S::Sample;

    fn into_batch(self) -> Batch<S::Sample> {
        copied(&self)
    }
}

impl<S: AsSample> IntoBatch for &[S] {
    type Sample = S::Sample;

    fn into_batch(self) -> Batch<S::Sample> {
        copied(self)
    }
}

impl<S: Sample> IntoBatch for Batch<S> {
    type Sample = S;

    fn into_batch(self) -> Self {
        self
    }
}
