//! Parameters: numbers with the shape that files give them and the order that kernels want.

use crate::{Error, Result};
use nn_kernels::Buffer;
use nn_spec::Shape;

/// How a tensor lies inside, compared with how PyTorch saves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The same order.
    Plain,
    /// A matrix `[out, in]` that lies as `[in, out]`.
    Transposed,
    /// The kernel of a convolution, `[out, in, height, width]` or `[out, in, width]`, that lies as `[height, width, in, out]`.
    Convolution,
    /// A matrix `[out, channels · positions]` that lies as `[positions, channels, out]`: what follows a flattened image whose channels lie
    /// together.
    ChannelsLast {
        /// The number of channels.
        channels: usize,
    },
}

/// A parameter, a gradient or a running statistic.
///
/// Outside, a tensor has PyTorch's shape and order ([`Tensor::to_vec`], [`Tensor::set`]). Inside, it lies as the kernels
/// want it; optimisers, which treat all elements alike, use that order ([`Tensor::values`]).
///
/// ```
/// use nn_core::{Layout, Shape, Tensor};
/// let mut weight = Tensor::zeros(Shape::new(&[2, 3]), Layout::Transposed);
/// weight.set(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
/// assert_eq!(weight.values(), &[1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
/// assert_eq!(weight.to_vec(), &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Tensor {
    data: Buffer,
    shape: Shape,
    layout: Layout,
}

impl Tensor {
    /// Zeros. `shape` is PyTorch's.
    ///
    /// # Panics
    /// If the layout needs another rank: a transposed tensor is a matrix, a convolution has three or four dimensions.
    pub fn zeros(shape: Shape, layout: Layout) -> Self {
        let rank = match layout {
            Layout::Plain => shape.rank(),
            Layout::Transposed | Layout::ChannelsLast { .. } => 2,
            Layout::Convolution => shape.rank().clamp(3, 4),
        };
        assert!(shape.rank() == rank, "a tensor that lies {layout:?} has {rank} dimensions, not {shape}");
        Self { data: Buffer::zeroed(shape.elements()), shape, layout }
    }

    /// A plain tensor of one value.
    pub fn filled(shape: Shape, value: f32) -> Self {
        let mut tensor = Self::zeros(shape, Layout::Plain);
        tensor.data.fill(value);
        tensor
    }

    /// A tensor that is not there: the bias of a layer without bias. It is neither saved nor trained.
    pub fn absent() -> Self {
        Self { data: Buffer::default(), shape: Shape::new(&[0]), layout: Layout::Plain }
    }

    /// Zeros of the same shape and layout.
    pub fn zeros_like(&self) -> Self {
        Self { data: Buffer::zeroed(self.len()), shape: self.shape, layout: self.layout }
    }

    /// PyTorch's shape.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// How it lies inside.
    pub(crate) fn layout(&self) -> Layout {
        self.layout
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// The elements as they lie inside.
    pub fn values(&self) -> &[f32] {
        &self.data
    }

    /// The elements as they lie inside, to be written.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// A copy of the elements in PyTorch's order.
    pub fn to_vec(&self) -> Vec<f32> {
        let mut out = vec![0.0; self.len()];
        self.each_index(|outside, inside| out[outside] = self.data[inside]);
        out
    }

    /// Overwrites the elements with `values` in PyTorch's order.
    ///
    /// # Errors
    /// [`Error::Argument`] if the number of values is wrong; the tensor is then unchanged.
    pub fn set(&mut self, values: &[f32]) -> Result<()> {
        if values.len() != self.len() {
            let problem =
                format!("{} values for a tensor of shape {} ({} elements)", values.len(), self.shape, self.len());
            return Err(Error::argument("Tensor::set", problem));
        }
        let mut data = core::mem::take(&mut self.data);
        self.each_index(|outside, inside| data[inside] = values[outside]);
        self.data = data;
        Ok(())
    }

    /// Overwrites the elements, in PyTorch's order, with what `next` gives.
    pub fn fill_with(&mut self, mut next: impl FnMut() -> f32) {
        let mut data = core::mem::take(&mut self.data);
        self.each_index(|_, inside| data[inside] = next());
        self.data = data;
    }

    fn each_index(&self, mut pair: impl FnMut(usize, usize)) {
        match (self.layout, self.shape.dims()) {
            (Layout::Transposed, &[rows, columns]) => {
                for row in 0..rows {
                    for column in 0..columns {
                        pair(row * columns + column, column * rows + row);
                    }
                }
            }
            (Layout::ChannelsLast { channels }, &[rows, columns]) => {
                let positions = columns / channels.max(1);
                for row in 0..rows {
                    for column in 0..columns {
                        let (channel, position) = (column / positions, column % positions);
                        pair(row * columns + column, (position * channels + channel) * rows + row);
                    }
                }
            }
            (Layout::Convolution, &[out, depth, ref taps @ ..]) => {
                let taps = taps.iter().product::<usize>();
                for i in 0..out * depth * taps {
                    let (o, channel, tap) = (i / taps / depth, i / taps % depth, i % taps);
                    pair(i, (tap * depth + channel) * out + o);
                }
            }
            _ => (0..self.shape.elements()).for_each(|i| pair(i, i)),
        }
    }
}

impl core::fmt::Debug for Tensor {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Tensor{}", self.shape)
    }
}
