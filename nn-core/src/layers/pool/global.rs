//! The mean of each channel.

use crate::layers::image::{channels_last, room, sizes, write};
use crate::{Context, Layer, Memory, Reads, Sample, Saved, Scores, Size, parameters};
use core::marker::PhantomData;
use nn_kernels::Pool;

/// y = mean x over all positions, for each channel. Its names are [`GlobalAvgPool1d`] and [`GlobalAvgPool2d`].
///
/// | | |
/// |---|---|
/// | takes | `I`: `[channels, height, width]`, or `[channels, length]` |
/// | gives | `O`: `[channels]`, or `[channels, 1, 1]` |
/// | parameters | none |
/// | PyTorch | `nn.AdaptiveAvgPool2d(1)` or `nn.AdaptiveAvgPool1d(1)`, then `nn.Flatten()` for `[channels]` |
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::{GlobalAvgPool1d, GlobalAvgPool2d};
///
/// let layer = GlobalAvgPool2d::<[[[f32; 2]; 1]; 2], [f32; 2]>::new();
/// assert_eq!(*layer.predict(&[[[[1.0, 2.0]], [[3.0, 5.0]]]]), [[1.5, 4.0]]);
/// let layer = GlobalAvgPool1d::<[[f32; 2]; 2], [f32; 2]>::new();
/// assert_eq!(*layer.predict(&[[[1.0, 2.0], [3.0, 5.0]]]), [[1.5, 4.0]]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GlobalAvgPool<I, O, const DIMENSIONS: usize>(PhantomData<fn(I) -> O>);

/// The mean of each channel of an image.
pub type GlobalAvgPool2d<I, O> = GlobalAvgPool<I, O, 2>;

/// The mean of each channel of a sequence.
pub type GlobalAvgPool1d<I, O> = GlobalAvgPool<I, O, 1>;

parameters! { impl[I: Sample<Element = f32>, O: Sample<Element = f32>, const DIMENSIONS: usize] GlobalAvgPool<I, O, DIMENSIONS> }

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, const DIMENSIONS: usize> GlobalAvgPool<I, O, DIMENSIONS> {
    const POOL: Pool = {
        let input = sizes::<I>();
        let all = [input[0], input[1]];
        Pool { input, output: [1, 1], kernel: all, stride: all, padding: [0, 0], padding_end: [0, 0] }
    };
    const SHAPES: () = assert!(
        O::LEN == sizes::<I>()[2] && (O::SHAPE.rank() == 1 || O::SHAPE.rank() == 3 && O::SHAPE.dims()[0] == O::LEN),
        "a global average gives one value for each channel, `[channels]` or `[channels, 1, 1]`"
    );

    /// The layer.
    pub fn new() -> Self {
        let () = Self::SHAPES;
        Self(PhantomData)
    }
}

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, const DIMENSIONS: usize> Default
    for GlobalAvgPool<I, O, DIMENSIONS>
{
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, const DIMENSIONS: usize> Layer
    for GlobalAvgPool<I, O, DIMENSIONS>
{
    type In = I;
    type Out = O;
    type Gives = Scores;
    const KIND: &'static str = if DIMENSIONS == 1 { "GlobalAvgPool1d" } else { "GlobalAvgPool2d" };
    const MEMORY: Memory = Memory { tape: Size::NONE, forward: room::<I>(), train: room::<I>() };
    const READS: Reads = Reads::NEITHER;
    const FLOPS: u64 = (I::LEN + O::LEN) as u64;
    const BACKWARD_FLOPS: u64 = Self::FLOPS;

    fn forward(&self, x: &[I], y: &mut [O], mut cx: Context<'_>) {
        let x = channels_last(x, &mut cx);
        nn_kernels::avg_pool(cx.team, &Self::POOL, true, x, O::flat_mut(y));
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
        let dy = O::flat(dy);
        write(dx, &mut cx, |dx, cx| nn_kernels::avg_pool_backward(cx.team, &Self::POOL, true, dy, dx));
    }
}
