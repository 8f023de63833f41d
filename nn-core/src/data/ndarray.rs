//! Batches from and to arrays of the `ndarray` crate; with the feature `ndarray`.

use crate::{Batch, Error, Result, Sample};
use ndarray::{ArrayD, ArrayRef, Dimension, IxDyn};

impl<S: Sample> Batch<S> {
    /// A copy of an array whose first dimension counts samples and whose others are those of a sample. The array may be a
    /// view in any memory order. Needs the feature `ndarray`.
    ///
    /// # Errors
    /// [`Error::Argument`] if the dimensions after the first are not those of the sample.
    ///
    /// ```
    /// use ndarray::array;
    /// use nn_core::Batch;
    /// let array = array![[1.0_f32, 2.0, 3.0], [4.0, 5.0, 6.0]];
    /// let rows = Batch::<[f32; 3]>::from_ndarray(&array)?;
    /// assert_eq!(*rows, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// let columns = Batch::<[f32; 2]>::from_ndarray(&array.t())?;
    /// assert_eq!(columns[0], [1.0, 4.0]);
    /// let labels = Batch::<u32>::from_ndarray(&array![3_u32, 1, 2])?;
    /// assert_eq!(*labels, [3, 1, 2]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn from_ndarray<D: Dimension>(array: &ArrayRef<S::Element, D>) -> Result<Self> {
        let shape = array.shape();
        let Some((&count, _)) = shape.split_first().filter(|(_, sample)| *sample == S::SHAPE.dims()) else {
            let problem = format!(
                "an array of shape {shape:?} does not hold samples of shape {}: after the dimension that counts samples, there \
                 must be {}",
                S::SHAPE,
                if S::SHAPE.rank() == 0 { "no other".into() } else { format!("the dimensions {}", S::SHAPE) }
            );
            return Err(Error::argument("Batch::from_ndarray", problem));
        };
        let mut batch = Self::zeroed(count);
        match array.as_slice() {
            Some(elements) => batch.flat_mut().copy_from_slice(elements),
            None => batch.flat_mut().iter_mut().zip(array.iter()).for_each(|(to, &from)| *to = from),
        }
        Ok(batch)
    }

    /// A copy as an array whose first dimension counts samples. Needs the feature `ndarray`.
    ///
    /// ```
    /// use ndarray::{Ix2, array};
    /// let batch = nn_core::Batch::from([[1.0_f32, 2.0], [3.0, 4.0]]);
    /// let array = batch.to_ndarray().into_dimensionality::<Ix2>().unwrap();
    /// assert_eq!(array, array![[1.0, 2.0], [3.0, 4.0]]);
    /// ```
    pub fn to_ndarray(&self) -> ArrayD<S::Element> {
        let shape: Vec<usize> = [self.len()].iter().chain(S::SHAPE.dims()).copied().collect();
        let mut array = ArrayD::<S::Element>::default(IxDyn(&shape));
        array.iter_mut().zip(self.flat()).for_each(|(to, &from)| *to = from);
        array
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, Array4, ArrayD, Axis};

    #[test]
    fn images_go_there_and_back() {
        let array = Array4::from_shape_fn((2, 1, 3, 4), |(n, _, h, w)| (100 * n + 10 * h + w) as f32);
        let batch = Batch::<[[[f32; 4]; 3]; 1]>::from_ndarray(&array).unwrap();
        assert_eq!(batch[1][0][2][3], 123.0);
        assert_eq!(batch.to_ndarray(), array.clone().into_dyn());
        let mut backwards = array.view();
        backwards.invert_axis(Axis(0));
        let reversed = Batch::<[[[f32; 4]; 3]; 1]>::from_ndarray(&backwards).unwrap();
        assert_eq!(reversed[0], batch[1]);
        let dynamic: ArrayD<f32> = array.into_dyn();
        assert_eq!(Batch::<[[[f32; 4]; 3]; 1]>::from_ndarray(&dynamic).unwrap(), batch);
        assert_eq!(Batch::<[f32; 3]>::zeroed(0).to_ndarray().shape(), [0, 3]);
    }

    #[test]
    fn other_dimensions_are_errors() {
        let problem = Batch::<[f32; 4]>::from_ndarray(&Array4::<f32>::zeros((2, 1, 3, 4))).unwrap_err().to_string();
        assert_eq!(
            problem,
            "Batch::from_ndarray: an array of shape [2, 1, 3, 4] does not hold samples of shape [4]: after the dimension that \
             counts samples, there must be the dimensions [4]"
        );
        let problem = Batch::<u32>::from_ndarray(&ndarray::Array2::<u32>::zeros((2, 1))).unwrap_err().to_string();
        assert!(problem.ends_with("there must be no other"), "{problem}");
        assert!(Batch::<f32>::from_ndarray(&ndarray::arr0(1.0)).is_err());
        assert!(Batch::<f32>::from_ndarray(&Array1::<f32>::zeros(0)).unwrap().is_empty());
    }
}
