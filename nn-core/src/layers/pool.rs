//! Pooling: the largest or the mean value of a window.

use super::Frame;
use super::image::{channels_last, fits, room, sizes, write};
use crate::{Arena, Context, Layer, Memory, Reads, Sample, Saved, Scores, Size, parameters};
use core::marker::PhantomData;
use nn_kernels::Pool;

const fn pool<I: Sample, O: Sample, K: Frame>() -> Pool {
    let ([rows, columns, _], window) = (sizes::<O>(), K::WINDOW);
    Pool {
        input: sizes::<I>(),
        output: [rows, columns],
        kernel: window.kernel,
        stride: window.stride,
        padding: [window.padding[0][0], window.padding[1][0]],
        padding_end: [window.padding[0][1], window.padding[1][1]],
    }
}

const fn assert_pool<I: Sample, O: Sample, K: Frame>() {
    let window = K::WINDOW;
    assert!(fits::<I, O, K>(), "the height and width of the output are not what the window gives");
    assert!(sizes::<I>()[2] == sizes::<O>()[2], "a pool gives as many channels as it takes");
    assert!(window.dilation[0] == 1 && window.dilation[1] == 1, "the window of a pool has no gaps");
    let mut axis = 0;
    while axis < 2 {
        let most = window.kernel[axis] / 2;
        let [before, after] = window.padding[axis];
        assert!(before <= most && after <= most, "the padding of a pool is at most half of its window");
        axis += 1;
    }
}

/// y = max x over each window, for each channel.
///
/// | | |
/// |---|---|
/// | takes | `I`: `[channels, height, width]` |
/// | gives | `O`: `[channels, ⌊(height + padding − kernel) / stride⌋ + 1, …]`, or ⌈…⌉ with `CEIL` |
/// | parameters | none |
/// | PyTorch | `nn.MaxPool2d(kernel, stride, padding, ceil_mode=…)` |
///
/// `K` is the [`Window`](super::Window), of at most 256 elements. Padding never wins. Where several elements are equal the first counts: the gradient
/// of an output goes to the element that it is.
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::{MaxPool2d, Window};
///
/// let layer = MaxPool2d::<[[[f32; 4]; 2]; 1], [[[f32; 2]; 1]; 1], Window<2, 2, 2, 2>>::new();
/// assert_eq!(*layer.predict(&[[[[1.0, 2.0, 5.0, 0.0], [3.0, 0.0, 4.0, 0.0]]]]), [[[[3.0, 5.0]]]]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MaxPool2d<I, O, K>(PhantomData<fn(I, K) -> O>);

parameters! { impl[I: Sample<Element = f32>, O: Sample<Element = f32>, K: Frame] MaxPool2d<I, O, K> }

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, K: Frame> MaxPool2d<I, O, K> {
    pub(super) const POOL: Pool = pool::<I, O, K>();
    const SHAPES: () = {
        assert_pool::<I, O, K>();
        assert!(
            K::WINDOW.kernel[0] * K::WINDOW.kernel[1] <= nn_spec::MAX_POOL_WINDOW,
            "a max pool has windows of at most 256 elements"
        );
    };

    /// The layer.
    pub fn new() -> Self {
        let () = Self::SHAPES;
        Self(PhantomData)
    }
}

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, K: Frame> Default for MaxPool2d<I, O, K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, K: Frame> Layer for MaxPool2d<I, O, K> {
    type In = I;
    type Out = O;
    type Gives = Scores;
    const KIND: &'static str = "MaxPool2d";
    /// The tape holds for each output a byte: which element of its window it is.
    const MEMORY: Memory = {
        let copies = room::<I>().plus(room::<O>());
        Memory { tape: Size::per_sample(Self::POOL.picks_len()), forward: copies, train: copies }
    };
    const READS: Reads = Reads::NEITHER;
    const FLOPS: u64 = (K::WINDOW.kernel[0] * K::WINDOW.kernel[1]) as u64 * O::LEN as u64;
    const BACKWARD_FLOPS: u64 = O::LEN as u64;

    fn forward(&self, x: &[I], y: &mut [O], mut cx: Context<'_>) {
        let x = channels_last(x, &mut cx);
        write(y, &mut cx, |y, cx| nn_kernels::max_pool(cx.team, &Self::POOL, x, y, None));
    }

    fn forward_train(&self, x: &[I], y: &mut [O], mut tape: Arena<'_>, (): (), mut cx: Context<'_>) {
        let picks = tape.floats(x.len() * Self::POOL.picks_len());
        let x = channels_last(x, &mut cx);
        write(y, &mut cx, |y, cx| nn_kernels::max_pool(cx.team, &Self::POOL, x, y, Some(picks)));
    }

    fn backward(
        &self,
        mut saved: Saved<'_, Self>,
        dy: &mut [O],
        (): &mut (),
        (): (),
        dx: Option<&mut [I]>,
        mut cx: Context<'_>,
    ) {
        let Some(dx) = dx else { return };
        let picks = saved.tape.floats(dx.len() * Self::POOL.picks_len());
        let dy = channels_last(dy, &mut cx);
        write(dx, &mut cx, |dx, cx| nn_kernels::max_pool_backward(cx.team, &Self::POOL, dy, picks, dx));
    }
}

/// y = mean x over each window, for each channel.
///
/// | | |
/// |---|---|
/// | takes | `I`: `[channels, height, width]` |
/// | gives | `O`: `[channels, ⌊(height + padding − kernel) / stride⌋ + 1, …]`, or ⌈…⌉ with `CEIL` |
/// | parameters | none |
/// | PyTorch | `nn.AvgPool2d(kernel, stride, padding, ceil_mode=…, count_include_pad=…)` |
///
/// `K` is the [`Window`](super::Window). Elements in the padding count as zeros, unless `COUNT_PADDING` is false: then a window at the border is divided by the
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
    const KIND: &'static str = "AvgPool2d";
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

/// y = mean x over all rows and columns, for each channel.
///
/// | | |
/// |---|---|
/// | takes | `I`: `[channels, height, width]` |
/// | gives | `O`: `[channels]`, or `[channels, 1, 1]` |
/// | parameters | none |
/// | PyTorch | `nn.AdaptiveAvgPool2d(1)`, then `nn.Flatten()` for `[channels]` |
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::GlobalAvgPool2d;
///
/// let layer = GlobalAvgPool2d::<[[[f32; 2]; 1]; 2], [f32; 2]>::new();
/// assert_eq!(*layer.predict(&[[[[1.0, 2.0]], [[3.0, 5.0]]]]), [[1.5, 4.0]]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GlobalAvgPool2d<I, O>(PhantomData<fn(I) -> O>);

parameters! { impl[I: Sample<Element = f32>, O: Sample<Element = f32>] GlobalAvgPool2d<I, O> }

impl<I: Sample<Element = f32>, O: Sample<Element = f32>> GlobalAvgPool2d<I, O> {
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

impl<I: Sample<Element = f32>, O: Sample<Element = f32>> Default for GlobalAvgPool2d<I, O> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Sample<Element = f32>, O: Sample<Element = f32>> Layer for GlobalAvgPool2d<I, O> {
    type In = I;
    type Out = O;
    type Gives = Scores;
    const KIND: &'static str = "GlobalAvgPool2d";
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
