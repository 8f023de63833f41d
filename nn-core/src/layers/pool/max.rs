//! The largest value of each window.

use super::{assert_pool, pool};
use crate::layers::Frame;
use crate::layers::image::{channels_last, room, write};
use crate::{Arena, Context, Layer, Memory, Reads, Sample, Saved, Scores, Size, parameters};
use core::marker::PhantomData;
use nn_kernels::Pool;

/// y = max x over each window, for each channel.
///
/// | | |
/// |---|---|
/// | takes | `I`: `[channels, height, width]` |
/// | gives | `O`: `[channels, ⌊(height + padding − kernel) / stride⌋ + 1, …]`, or ⌈…⌉ with `CEIL` |
/// | parameters | none |
/// | PyTorch | `nn.MaxPool2d(kernel, stride, padding, ceil_mode=…)` |
///
/// `K` is the [`Window`](crate::layers::Window), of at most 256 elements. Padding never wins. Where several elements are equal the first counts: the gradient
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

/// y = max x over each window of a sequence, for each channel: a [`MaxPool2d`] over images of one row, which the shapes `[channels, length]` leave out.
///
/// `K` is a [`Window1d`](crate::layers::Window1d). (PyTorch: `nn.MaxPool1d(kernel, stride, padding, ceil_mode=…)`)
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::{MaxPool1d, Window1d};
///
/// let layer = MaxPool1d::<[[f32; 4]; 1], [[f32; 2]; 1], Window1d<2, 2>>::new();
/// assert_eq!(*layer.predict(&[[[1.0, 2.0, 5.0, 0.0]]]), [[[2.0, 5.0]]]);
/// ```
pub type MaxPool1d<I, O, K> = MaxPool2d<I, O, K>;

parameters! { impl[I: Sample<Element = f32>, O: Sample<Element = f32>, K: Frame] MaxPool2d<I, O, K> }

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, K: Frame> MaxPool2d<I, O, K> {
    pub(in crate::layers) const POOL: Pool = pool::<I, O, K>();
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
    const KIND: &'static str = if K::DIMENSIONS == 1 { "MaxPool1d" } else { "MaxPool2d" };
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
