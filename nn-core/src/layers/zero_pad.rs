//! Zeros around an image.

use super::image::{channels_last, room, sizes, write};
use crate::{Context, Layer, Memory, Reads, Sample, Saved, Scores, Size, parameters};
use core::marker::PhantomData;
use nn_kernels::Border;

/// y is x with rows of zeros above and below it, and columns of zeros to the left and to the right.
///
/// | | |
/// |---|---|
/// | takes | `I`: `[channels, height, width]` |
/// | gives | `O`: `[channels, TOP + height + BOTTOM, LEFT + width + RIGHT]` |
/// | parameters | none |
/// | PyTorch | `nn.ZeroPad2d((LEFT, RIGHT, TOP, BOTTOM))` |
///
/// Convolutions and pools have a padding of their own, which costs less memory; this one is for what stands before other layers.
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::ZeroPad2d;
///
/// let layer = ZeroPad2d::<[[[f32; 2]; 1]; 1], [[[f32; 3]; 2]; 1], 1, 0, 0, 1>::new();
/// assert_eq!(*layer.predict(&[[[[1.0, 2.0]]]]), [[[[0.0, 0.0, 0.0], [1.0, 2.0, 0.0]]]]);
/// ```
///
/// A size that does not follow from the padding is refused while the program is built:
///
/// ```compile_fail
/// let layer = nn_core::layers::ZeroPad2d::<[[[f32; 2]; 1]; 1], [[[f32; 3]; 3]; 1], 1, 0, 0, 1>::new();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ZeroPad2d<I, O, const TOP: usize, const BOTTOM: usize, const LEFT: usize, const RIGHT: usize>(
    PhantomData<fn(I) -> O>,
);

parameters! {
    impl[
        I: Sample<Element = f32>, O: Sample<Element = f32>,
        const TOP: usize, const BOTTOM: usize, const LEFT: usize, const RIGHT: usize
    ] ZeroPad2d<I, O, TOP, BOTTOM, LEFT, RIGHT>
}

impl<I, O, const TOP: usize, const BOTTOM: usize, const LEFT: usize, const RIGHT: usize>
    ZeroPad2d<I, O, TOP, BOTTOM, LEFT, RIGHT>
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
{
    const BORDER: Border = Border { input: sizes::<I>(), padding: [[TOP, BOTTOM], [LEFT, RIGHT]] };
    const SHAPES: () = {
        let ([height, width], [rows, columns, channels]) = (Self::BORDER.output(), sizes::<O>());
        assert!(
            rows == height && columns == width,
            "the height and width of the output are not those with the padding"
        );
        assert!(channels == sizes::<I>()[2], "padding gives as many channels as it takes");
    };

    /// The layer.
    pub fn new() -> Self {
        let () = Self::SHAPES;
        Self(PhantomData)
    }
}

impl<I, O, const TOP: usize, const BOTTOM: usize, const LEFT: usize, const RIGHT: usize> Default
    for ZeroPad2d<I, O, TOP, BOTTOM, LEFT, RIGHT>
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
{
    fn default() -> Self {
        Self::new()
    }
}

impl<I, O, const TOP: usize, const BOTTOM: usize, const LEFT: usize, const RIGHT: usize> Layer
    for ZeroPad2d<I, O, TOP, BOTTOM, LEFT, RIGHT>
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
{
    type In = I;
    type Out = O;
    type Gives = Scores;
    const KIND: &'static str = "ZeroPad2d";
    const MEMORY: Memory = {
        let copies = room::<I>().plus(room::<O>());
        Memory { tape: Size::NONE, forward: copies, train: copies }
    };
    const READS: Reads = Reads::NEITHER;
    const FLOPS: u64 = 0;

    fn forward(&self, x: &[I], y: &mut [O], mut cx: Context<'_>) {
        let x = channels_last(x, &mut cx);
        write(y, &mut cx, |y, cx| nn_kernels::zero_pad(cx.team, &Self::BORDER, x, y));
    }

    /// dx is dy without the border.
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
        write(dx, &mut cx, |dx, cx| nn_kernels::zero_pad_backward(cx.team, &Self::BORDER, dy, dx));
    }
}
