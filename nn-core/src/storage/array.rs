//! A tensor in a file that has been read: where its elements lie, in any order.

use super::{Dtype, zip};
use std::borrow::Cow;
use std::ops::Range;

/// The highest rank that is read. PyTorch and NumPy have no more.
const MAX_RANK: usize = 64;
/// A view that repeats elements (`expand`) may have this many although there are fewer in the file.
const MOST_REPEATED: usize = 1 << 20;

/// Type, shape and place of a tensor. Its elements need not lie one after the other.
#[derive(Clone, Debug)]
pub(super) struct Array {
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    /// How many elements apart neighbours along each dimension are; 0 where there are none.
    strides: Vec<usize>,
    /// The first element.
    start: usize,
    data: Data,
    /// Whether it may be in a file without being in the network.
    pub is_extra: bool,
}

/// Where elements lie.
#[derive(Clone, Debug)]
pub(super) enum Data {
    /// In these bytes of the file.
    Plain(Range<usize>),
    /// In this entry of an archive, after so many bytes.
    Packed(zip::Entry, usize),
}

impl Data {
    fn len(&self) -> usize {
        match self {
            Self::Plain(range) => range.len(),
            Self::Packed(entry, skip) => entry.size.saturating_sub(*skip),
        }
    }
}

impl Array {
    /// A tensor whose elements lie in row-major order and are all of the data.
    pub fn plain(dtype: Dtype, shape: Vec<usize>, data: Data) -> Result<Self, String> {
        let strides = row_major(&shape).ok_or_else(|| too_large(&shape))?;
        Self::exact(dtype, shape, strides, data)
    }

    /// A tensor whose elements lie in column-major order and are all of the data.
    pub fn fortran(dtype: Dtype, shape: Vec<usize>, data: Data) -> Result<Self, String> {
        let reversed: Vec<_> = shape.iter().rev().copied().collect();
        let mut strides = row_major(&reversed).ok_or_else(|| too_large(&shape))?;
        strides.reverse();
        Self::exact(dtype, shape, strides, data)
    }

    fn exact(dtype: Dtype, shape: Vec<usize>, strides: Vec<usize>, data: Data) -> Result<Self, String> {
        let needed = dtype.bytes().map(|size| elements(&shape).and_then(|n| n.checked_mul(size)));
        match needed {
            Some(None) => Err(too_large(&shape)),
            Some(Some(needed)) if needed != data.len() => {
                Err(format!("of shape {shape:?} and type {dtype} takes {needed} bytes, but has {}", data.len()))
            }
            _ => Self::strided(dtype, shape, strides, 0, data),
        }
    }

    /// A view of the data. The words of an error follow the tensor's name.
    pub fn strided(
        dtype: Dtype,
        shape: Vec<usize>,
        mut strides: Vec<usize>,
        start: usize,
        data: Data,
    ) -> Result<Self, String> {
        if shape.len() != strides.len() || shape.len() > MAX_RANK {
            return Err(format!(
                "has {} dimensions and {} strides; at most {MAX_RANK} are read",
                shape.len(),
                strides.len()
            ));
        }
        let count = elements(&shape).ok_or_else(|| too_large(&shape))?;
        // Steps along a dimension that has no neighbours are never taken and may be any number.
        shape.iter().zip(&mut strides).filter(|(dim, _)| **dim <= 1).for_each(|(_, stride)| *stride = 0);
        // Types of unknown size are never read.
        if let Some(size) = dtype.bytes().filter(|_| count > 0) {
            let steps = shape
                .iter()
                .zip(&strides)
                .try_fold(start, |last, (dim, stride)| last.checked_add((dim - 1).checked_mul(*stride)?));
            let there = data.len() / size;
            if steps.is_none_or(|last| last >= there) {
                return Err(format!("of shape {shape:?} needs elements that its storage of {there} does not have"));
            }
            if count > there && count > MOST_REPEATED {
                return Err(format!(
                    "of shape {shape:?} repeats the {there} elements of its storage; save it by `.contiguous()`"
                ));
            }
        }
        Ok(Self { dtype, shape, strides, start, data, is_extra: false })
    }

    /// The same elements seen with other dimensions first: dimension `i` is what was dimension `axes[i]`.
    pub fn permute(&mut self, axes: &[usize]) {
        self.shape = axes.iter().map(|axis| self.shape[*axis]).collect();
        self.strides = axes.iter().map(|axis| self.strides[*axis]).collect();
    }

    /// The elements in row-major order, `None` if they are no floating-point numbers.
    pub fn floats(&self, file: &[u8]) -> Result<Option<Vec<f32>>, String> {
        let Some(size) = self.dtype.bytes().filter(|_| self.dtype.is_float()) else { return Ok(None) };
        let bytes = match &self.data {
            Data::Plain(range) => Cow::Borrowed(file.get(range.clone()).ok_or("is truncated")?),
            Data::Packed(entry, skip) => match entry.read(file)? {
                Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(*skip..).ok_or("is truncated")?),
                Cow::Owned(mut bytes) => {
                    bytes.drain(..(*skip).min(bytes.len()));
                    Cow::Owned(bytes)
                }
            },
        };
        let count: usize = self.shape.iter().product();
        if count == 0 {
            return Ok(Some(Vec::new()));
        }
        if self.is_row_major() {
            let range = self.start * size..(self.start + count) * size;
            return Ok(self.dtype.decode(bytes.get(range).ok_or("is truncated")?));
        }
        Ok(self.dtype.decode(&self.gather(&bytes, size, count)))
    }

    fn is_row_major(&self) -> bool {
        let expected = row_major(&self.shape).unwrap_or_default();
        let steps = self.shape.iter().zip(&self.strides).zip(&expected);
        steps.into_iter().all(|((dim, stride), expected)| *dim <= 1 || stride == expected)
    }

    /// Copies elements of `size` bytes into row-major order.
    fn gather(&self, bytes: &[u8], size: usize, count: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(count * size);
        let (mut index, mut at) = (vec![0; self.shape.len()], self.start);
        for _ in 0..count {
            out.extend_from_slice(&bytes[at * size..(at + 1) * size]);
            // The next index, the last dimension first, and its place.
            for ((i, dim), stride) in index.iter_mut().zip(&self.shape).zip(&self.strides).rev() {
                *i += 1;
                at += stride;
                if *i < *dim {
                    break;
                }
                at -= *i * stride;
                *i = 0;
            }
        }
        out
    }
}

fn elements(shape: &[usize]) -> Option<usize> {
    // A dimension of zero must not hide that the others overflow.
    shape.iter().filter(|dim| **dim != 0).try_fold(1, |product: usize, dim| product.checked_mul(*dim))?;
    Some(shape.iter().product())
}

fn too_large(shape: &[usize]) -> String {
    format!("has shape {shape:?}, which is more than a computer can hold")
}

fn row_major(shape: &[usize]) -> Option<Vec<usize>> {
    let mut strides = vec![0; shape.len()];
    let mut step = 1_usize;
    for (stride, dim) in strides.iter_mut().zip(shape).rev() {
        *stride = step;
        step = step.checked_mul((*dim).max(1))?;
    }
    Some(strides)
}
