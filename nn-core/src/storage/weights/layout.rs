//! Other orders of dimensions.

use super::Weights;
use crate::storage::nearest::nearest;
use crate::{Error, Result};
use nn_spec::rename::captures;

impl Weights<'_> {
    /// Turns kernels as Keras has them into those that PyTorch has, where names fit a pattern (see [`Rename`](crate::storage::Rename)): matrices of `Dense` from
    /// `[in, out]` to `[out, in]`, kernels of `Conv1D` from `[width, in, out]` to `[out, in, width]`, kernels of `Conv2D` from
    /// `[height, width, in, out]` to `[out, in, height, width]`. Tensors of fewer dimensions stay.
    ///
    /// Kernels of `DepthwiseConv2D` are `[height, width, channels, 1]`; [`permuted`](Self::permuted) by `[2, 3, 0, 1]` is for them.
    ///
    /// # Errors
    /// [`Error::Argument`] if no name fits, or if a tensor has more than four dimensions.
    pub fn keras_kernels(self, pattern: &str) -> Result<Self> {
        self.change(pattern, |shape| match shape.len() {
            0 | 1 => Ok(&[]),
            2 => Ok(&[1, 0]),
            3 => Ok(&[2, 1, 0]),
            4 => Ok(&[3, 2, 0, 1]),
            _ => Err("is no kernel of Keras".to_owned()),
        })
    }

    /// Transposes the matrices whose names fit a pattern (see [`Rename`](crate::storage::Rename)).
    ///
    /// # Errors
    /// [`Error::Argument`] if no name fits, or if a tensor is no matrix.
    pub fn transposed(self, pattern: &str) -> Result<Self> {
        self.permuted(pattern, &[1, 0])
    }

    /// Puts the dimensions of the tensors whose names fit a pattern (see [`Rename`](crate::storage::Rename)) into another order: dimension `i` becomes what was
    /// dimension `axes[i]`, as in NumPy's `transpose` and PyTorch's `permute`.
    ///
    /// # Errors
    /// [`Error::Argument`] if no name fits, if a tensor has another number of dimensions, or if `axes` are not 0, 1, 2, … in some order.
    pub fn permuted(self, pattern: &str, axes: &[usize]) -> Result<Self> {
        let mut sorted = axes.to_vec();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..axes.len()) {
            return Err(Error::argument(
                "Weights::permuted",
                format!("{axes:?} are not the numbers from 0 in some order"),
            ));
        }
        self.change(pattern, |shape| match shape.len() == axes.len() {
            true => Ok(axes),
            false => Err(format!("does not have {} dimensions", axes.len())),
        })
    }

    /// Permutes what fits; no axes leave a tensor as it is.
    fn change<'b>(mut self, pattern: &str, axes: impl Fn(&[usize]) -> Result<&'b [usize], String>) -> Result<Self> {
        let refuse = |problem| Err(Error::argument("the layout of weights", problem));
        let mut found = false;
        for (name, array) in self.arrays.iter_mut().filter(|(name, _)| captures(pattern, name).is_some()) {
            found = true;
            match axes(&array.shape) {
                Ok([]) => {}
                Ok(axes) => array.permute(axes),
                Err(problem) => return refuse(format!("tensor `{name}` of shape {:?} {problem}", array.shape)),
            }
        }
        if !found {
            let close = nearest(pattern, self.names());
            let close = close.map(|close| format!("; did you mean `{close}`?")).unwrap_or_default();
            return refuse(format!("no tensor is called `{pattern}`{close}"));
        }
        Ok(self)
    }
}
