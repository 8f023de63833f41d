//! The mean of each window.

use super::{assert_pool, pool};
use crate::layers::Frame;
use crate::layers::image::{channels_last, room, write};
use crate::{Context, Layer, Memory, Reads, Sample, Saved, Scores, Size, parameters};
use core::marker::PhantomData;
use nn_kernels::Pool;

/// y = mean x over each window, for each channel.
///
/// | | |
/// |---|---|
/// | takes | `I`: `[channels, height, width]` |
/// | gives | `O`: `[channels, ⌊(height + padding − kernel) / stride⌋ + 1, …]`, or ⌈…⌉ with `CEIL` |
/// | parameters | none |
/// | PyTorch | `nn.AvgPool2d(kernel, stride, padding, ceil_mode=…, count_include_pad=…)` |
///
/// `K` is the [`Window`](crate::layers::Window). Elements in the padding count as zeros, unless `COUNT_PADDING` is false: then a window at the border is divided by the
/// number of its elements inside of the image.
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::{AvgPool2d, Window};
///
/// let layer = AvgPool2d::<[[[f32; 4]; 2]; 1], [[[f32; 2]; 1]; 1], Window<2, 2, 2, 2>>::new();
/// assert_eq!(*layer.predict(&[[[[1.0, 2.0, 5.0, 0.0], [3.0, 0.0, 3.0, 0.0]]]]), [[[[1.5, 2.0]]]]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AvgPool2d<I, O, K, const COUNT_PADDING: bool = true>(PhantomData<fn(I, K) -> O>);

/// y = mean x over each window of a sequence, for each channel: an [`AvgPool2d`] over images of one row, which the shapes `[channels, length]` leave out.
///
/// `K` is a [`Window1d`](crate::layers::Window1d). (PyTorch: `nn.AvgPool1d(kernel, stride, padding, ceil_mode=…, count_include_pad=…)`)
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::{AvgPool1d, Window1d};
///
/// let layer = AvgPool1d::<[[f32; 4]; 1], [[f32; 2]; 1], Window1d<2, 2>>::new();
/// assert_eq!(*layer.predict(&[[[1.0, 2.0, 5.0, 0.0]]]), [[[1.5, 2.5]]]);
/// ```
pub type AvgPool1d<I, O, K, const COUNT_PADDING: bool = true> = AvgPool2d<I, O, K, COUNT_PADDING>;

parameters! {
    impl[
        I: Sample<Element = f32>, O: Sample<Element = f32>, K: Frame, const COUNT_PADDING: bool
    ] AvgPool2d<I, O, K, COUNT_PADDING>
}

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, K: Frame, const COUNT_PADDING: bool>
    AvgPool2d<I, O, K, COUNT_PADDING>
{
    const POOL: Pool = pool::<I, O, K>();
    const SHAPES: () = assert_pool::<I, O, K>();

    /// The layer.
    pub fn new() -> Self {
        let () = Self::SHAPES;
        Self(PhantomData)
    }
}

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, K: Frame, const COUNT_PADDING: bool> Default
    for AvgPool2d<I, O, K, COUNT_PADDING>
{
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, K: Frame, const COUNT_PADDING: bool> Layer
    for AvgPool2d<I, O, K, COUNT_PADDING>
{
    type In = I;
    type Out = O;
    type Gives = Scores;
    const KIND: &'static str = if K::DIMENSIONS == 1 { "AvgPool1d" } else { "AvgPool2d" };
    const MEMORY: Memory = {
        let copies = room::<I>().plus(room::<O>());
        Memory { tape: Size::NONE, forward: copies, train: copies }
    };
    const READS: Reads = Reads::NEITHER;
    const FLOPS: u64 = (K::WINDOW.kernel[0] * K::WINDOW.kernel[1] + 1) as u64 * O::LEN as u64;
    const BACKWARD_FLOPS: u64 = Self::FLOPS;

    fn forward(&self, x: &[I], y: &mut [O], mut cx: Context<'_>) {
        let x = channels_last(x, &mut cx);
        write(y, &mut cx, |y, cx| nn_kernels::avg_pool(cx.team, &Self::POOL, COUNT_PADDING, x, y));
    }

    fn backward(
        &self,
        _: Saved<'_, Self>,
        dy: &mut [O],
        (): &mut (),
        (): (),
        dx: Option<&mut [I]>,
        mut cx: Context<'_>,
    ) {
        let Some(dx) = dx else { return };
        let dy = channels_last(dy, &mut cx);
        write(dx, &mut cx, |dx, cx| nn_kernels::avg_pool_backward(cx.team, &Self::POOL, COUNT_PADDING, dy, dx));
    }
}
