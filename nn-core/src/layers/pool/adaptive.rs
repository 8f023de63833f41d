//! Means of parts of an image or a sequence, however large it is.

use crate::layers::image::{channels_last, room, sizes, write};
use crate::{Context, Layer, Memory, Reads, Sample, Saved, Scores, Size, parameters};
use core::marker::PhantomData;
use nn_kernels::AdaptivePool;

/// y = mean x over the parts of an image that is cut into the rows and columns of `O`, or of a sequence, for each channel. Its names are
/// [`AdaptiveAvgPool1d`] and [`AdaptiveAvgPool2d`].
///
/// | | |
/// |---|---|
/// | takes | `I`: `[channels, height, width]`, or `[channels, length]` |
/// | gives | `O`: `[channels, rows, columns]`, or `[channels, parts]` |
/// | parameters | none |
/// | PyTorch | `nn.AdaptiveAvgPool2d((rows, columns))`, `nn.AdaptiveAvgPool1d(parts)` |
///
/// Row i of k is the mean of the rows from ⌊i · height / k⌋ to ⌈(i + 1) · height / k⌉, so that parts overlap where k does not divide the
/// height; columns likewise. [`GlobalAvgPool`](super::GlobalAvgPool) is the one with a single part.
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::{AdaptiveAvgPool1d, AdaptiveAvgPool2d};
///
/// let layer = AdaptiveAvgPool2d::<[[[f32; 3]; 1]; 1], [[[f32; 2]; 1]; 1]>::new();
/// assert_eq!(*layer.predict(&[[[[1.0, 2.0, 4.0]]]]), [[[[1.5, 3.0]]]]);
/// let layer = AdaptiveAvgPool1d::<[[f32; 3]; 1], [[f32; 2]; 1]>::new();
/// assert_eq!(*layer.predict(&[[[1.0, 2.0, 4.0]]]), [[[1.5, 3.0]]]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AdaptiveAvgPool<I, O, const DIMENSIONS: usize>(PhantomData<fn(I) -> O>);

/// The means of the parts of an image.
pub type AdaptiveAvgPool2d<I, O> = AdaptiveAvgPool<I, O, 2>;

/// The means of the parts of a sequence.
pub type AdaptiveAvgPool1d<I, O> = AdaptiveAvgPool<I, O, 1>;

parameters! { impl[I: Sample<Element = f32>, O: Sample<Element = f32>, const DIMENSIONS: usize] AdaptiveAvgPool<I, O, DIMENSIONS> }

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, const DIMENSIONS: usize> AdaptiveAvgPool<I, O, DIMENSIONS> {
    const POOL: AdaptivePool = {
        let [rows, columns, _] = sizes::<O>();
        AdaptivePool { input: sizes::<I>(), output: [rows, columns] }
    };
    const SHAPES: () = {
        assert!(sizes::<I>()[2] == sizes::<O>()[2], "a pool gives as many channels as it takes");
        assert!(I::LEN > 0 && O::LEN > 0, "a pool takes and gives at least one pixel");
    };

    /// The layer.
    pub fn new() -> Self {
        let () = Self::SHAPES;
        Self(PhantomData)
    }
}

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, const DIMENSIONS: usize> Default
    for AdaptiveAvgPool<I, O, DIMENSIONS>
{
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, const DIMENSIONS: usize> Layer
    for AdaptiveAvgPool<I, O, DIMENSIONS>
{
    type In = I;
    type Out = O;
    type Gives = Scores;
    const KIND: &'static str = if DIMENSIONS == 1 { "AdaptiveAvgPool1d" } else { "AdaptiveAvgPool2d" };
    const MEMORY: Memory = {
        let copies = room::<I>().plus(room::<O>());
        Memory { tape: Size::NONE, forward: copies, train: copies }
    };
    const READS: Reads = Reads::NEITHER;
    const FLOPS: u64 = (I::LEN + O::LEN) as u64;
    const BACKWARD_FLOPS: u64 = Self::FLOPS;

    fn forward(&self, x: &[I], y: &mut [O], mut cx: Context<'_>) {
        let x = channels_last(x, &mut cx);
        write(y, &mut cx, |y, cx| nn_kernels::adaptive_avg_pool(cx.team, &Self::POOL, x, y));
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
        write(dx, &mut cx, |dx, cx| nn_kernels::adaptive_avg_pool_backward(cx.team, &Self::POOL, dy, dx));
    }
}
