//! The owner of samples.

use crate::{Element, Error, Result, Sample};
use core::ops::{Deref, DerefMut};

/// Any number of samples in one aligned allocation; dereferences to `[S]`.
///
/// Large samples never cross the stack: a batch is made of zeros or from elements, and then written through the slice.
///
/// ```
/// use nn_core::Batch;
/// let mut batch = Batch::<[f32; 3]>::zeroed(2);
/// batch[1] = [1.0, 2.0, 3.0];
/// assert_eq!(batch.flat(), &[0.0, 0.0, 0.0, 1.0, 2.0, 3.0]);
/// assert_eq!(Batch::from_flat(&[1.0, 2.0, 3.0]).unwrap(), Batch::from([[1.0_f32, 2.0, 3.0]]));
/// ```
pub struct Batch<S: Sample> {
    store: <S::Element as Element>::Store,
    count: usize,
}

impl<S: Sample> Batch<S> {
    /// `count` samples of zeros.
    pub fn zeroed(count: usize) -> Self {
        Self { store: <S::Element as Element>::zeroed(count * S::LEN), count }
    }

    /// Samples from their elements in row-major order.
    ///
    /// # Errors
    /// [`Error::Argument`] if the elements do not fill whole samples.
    pub fn from_flat(elements: &[S::Element]) -> Result<Self> {
        if !elements.len().is_multiple_of(S::LEN) {
            return Err(Error::argument(
                "Batch::from_flat",
                format!(
                    "{} elements do not fill samples of shape {} ({} elements each)",
                    elements.len(),
                    S::SHAPE,
                    S::LEN
                ),
            ));
        }
        let mut batch = Self::zeroed(elements.len() / S::LEN);
        batch.flat_mut().copy_from_slice(elements);
        Ok(batch)
    }

    /// A copy of samples.
    pub fn from_samples(samples: &[S]) -> Self {
        let mut batch = Self::zeroed(samples.len());
        batch.flat_mut().copy_from_slice(S::flat(samples));
        batch
    }

    /// A copy of the samples at `indices`, in that order.
    ///
    /// # Panics
    /// If an index is out of range, as indexing a slice does.
    pub fn gather(samples: &[S], indices: &[usize]) -> Self {
        let mut batch = Self::zeroed(indices.len());
        nn_kernels::gather_rows(S::flat(samples), S::LEN, indices, batch.flat_mut());
        batch
    }

    /// The elements of all samples, one after the other.
    pub fn flat(&self) -> &[S::Element] {
        &self.store.as_ref()[..self.count * S::LEN]
    }

    /// The elements of all samples, to be written.
    pub fn flat_mut(&mut self) -> &mut [S::Element] {
        &mut self.store.as_mut()[..self.count * S::LEN]
    }
}

impl<S: Sample> Deref for Batch<S> {
    type Target = [S];

    fn deref(&self) -> &[S] {
        S::of_flat(self.flat())
    }
}

impl<S: Sample> DerefMut for Batch<S> {
    fn deref_mut(&mut self) -> &mut [S] {
        S::of_flat_mut(self.flat_mut())
    }
}

impl<S: Sample> Clone for Batch<S> {
    fn clone(&self) -> Self {
        Self { store: self.store.clone(), count: self.count }
    }
}

impl<S: Sample> Default for Batch<S> {
    fn default() -> Self {
        Self::zeroed(0)
    }
}

impl<S: Sample> PartialEq for Batch<S> {
    fn eq(&self, other: &Self) -> bool {
        self.count == other.count && self.flat() == other.flat()
    }
}

impl<S: Sample> core::fmt::Debug for Batch<S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Batch({} samples of {}{})", self.count, S::Element::NAME, S::SHAPE)
    }
}

impl<S: Sample, const N: usize> From<[S; N]> for Batch<S> {
    fn from(samples: [S; N]) -> Self {
        Self::from_samples(&samples)
    }
}

impl<S: Sample> From<&[S]> for Batch<S> {
    fn from(samples: &[S]) -> Self {
        Self::from_samples(samples)
    }
}

impl<S: Sample> From<Vec<S>> for Batch<S> {
    fn from(samples: Vec<S>) -> Self {
        Self::from_samples(&samples)
    }
}

impl<S: Sample> FromIterator<S> for Batch<S> {
    fn from_iter<I: IntoIterator<Item = S>>(samples: I) -> Self {
        Self::from_samples(&samples.into_iter().collect::<Vec<S>>())
    }
}
