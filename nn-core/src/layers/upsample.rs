//! Images in another size.

use super::image::{channels_last, room, sizes, write};
use crate::{Context, Layer, Memory, Reads, Sample, Saved, Scores, Size, parameters};
use core::marker::PhantomData;
use nn_kernels::{Interpolation, Resize};

/// How an [`Upsample`] makes values between pixels.
pub trait Interpolate: core::fmt::Debug + Send + Sync + 'static {
    /// The kernel's word for it.
    const INTERPOLATION: Interpolation;
    /// Floating-point operations for one value.
    const FLOPS: u64;
}

/// The value of the pixel at ⌊i · size before / size after⌋.
#[derive(Clone, Copy, Debug)]
pub struct Nearest;

/// The mean of the four pixels around, weighted by nearness.
///
/// Pixels are squares, and the outer edges of the image keep their places: the value at i comes from (i + ½) · size before / size after − ½. With
/// `ALIGN_CORNERS`, the centres of the corner pixels keep theirs: it comes from i · (size before − 1) / (size after − 1).
#[derive(Clone, Copy, Debug)]
pub struct Bilinear<const ALIGN_CORNERS: bool = false>;

impl Interpolate for Nearest {
    const INTERPOLATION: Interpolation = Interpolation::Nearest;
    const FLOPS: u64 = 0;
}

impl<const ALIGN_CORNERS: bool> Interpolate for Bilinear<ALIGN_CORNERS> {
    const INTERPOLATION: Interpolation = Interpolation::Bilinear { align_corners: ALIGN_CORNERS };
    const FLOPS: u64 = 9;
}

/// y is x with another height and width.
///
/// | | |
/// |---|---|
/// | takes | `I`: `[channels, height, width]` |
/// | gives | `O`: `[channels, …]` of any height and width, in `network!` a multiple |
/// | parameters | none |
/// | PyTorch | `nn.Upsample(size, mode="nearest")`, `mode="bilinear", align_corners=…` for `M` = [`Bilinear`] |
///
/// `M` is [`Nearest`] or [`Bilinear`]. The gradient of a pixel is the sum of the gradients of all that were made of it, times their shares of it.
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::{Bilinear, Upsample};
///
/// let nearest = Upsample::<[[[f32; 2]; 1]; 1], [[[f32; 4]; 1]; 1]>::new();
/// assert_eq!(*nearest.predict(&[[[[1.0, 5.0]]]]), [[[[1.0, 1.0, 5.0, 5.0]]]]);
/// let bilinear = Upsample::<[[[f32; 2]; 1]; 1], [[[f32; 4]; 1]; 1], Bilinear>::new();
/// assert_eq!(*bilinear.predict(&[[[[1.0, 5.0]]]]), [[[[1.0, 2.0, 4.0, 5.0]]]]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Upsample<I, O, M = Nearest>(PhantomData<fn(I, M) -> O>);

parameters! { impl[I: Sample<Element = f32>, O: Sample<Element = f32>, M: Interpolate] Upsample<I, O, M> }

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, M: Interpolate> Upsample<I, O, M> {
    const RESIZE: Resize = {
        let [height, width, _] = sizes::<O>();
        Resize { input: sizes::<I>(), output: [height, width], interpolation: M::INTERPOLATION }
    };
    const SHAPES: () = {
        assert!(I::LEN > 0 && O::LEN > 0, "an image of another size has at least one pixel before and after");
        assert!(sizes::<I>()[2] == sizes::<O>()[2], "an image of another size has as many channels");
    };

    /// The layer.
    pub fn new() -> Self {
        let () = Self::SHAPES;
        Self(PhantomData)
    }
}

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, M: Interpolate> Default for Upsample<I, O, M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, M: Interpolate> Layer for Upsample<I, O, M> {
    type In = I;
    type Out = O;
    type Gives = Scores;
    const KIND: &'static str = "Upsample";
    const MEMORY: Memory = {
        let copies = room::<I>().plus(room::<O>());
        Memory { tape: Size::NONE, forward: copies, train: copies }
    };
    const READS: Reads = Reads::NEITHER;
    const FLOPS: u64 = M::FLOPS * O::LEN as u64;

    fn forward(&self, x: &[I], y: &mut [O], mut cx: Context<'_>) {
        let x = channels_last(x, &mut cx);
        write(y, &mut cx, |y, cx| nn_kernels::resize(cx.team, &Self::RESIZE, x, y));
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
        write(dx, &mut cx, |dx, cx| nn_kernels::resize_backward(cx.team, &Self::RESIZE, dy, dx));
    }
}
