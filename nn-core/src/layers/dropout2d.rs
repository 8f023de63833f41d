//! Dropout of whole channels.

use crate::{Arena, Context, Layer, Memory, Reads, Sample, Saved, Scores, Size, parameters};
use core::marker::PhantomData;

/// In training, each channel is 0 with probability `rate` and else x / (1 − rate); in evaluation, y = x.
///
/// | | |
/// |---|---|
/// | takes, gives | `[channels, …]`, the same |
/// | parameters | none |
/// | PyTorch | `nn.Dropout2d(rate)` |
///
/// (Tompson et al., 2015) Neighbours in an image are alike, so that [`Dropout`](super::Dropout) of single elements hides little. Which channels are dropped
/// depends on the seed, the layer's path, the step and the sample's place in the batch; backward draws them again.
///
/// ```
/// use nn_core::layers::Dropout2d;
/// use nn_core::{Arena, Context, Layer, Team};
///
/// let (layer, team) = (Dropout2d::<[[[f32; 3]; 3]; 100]>::new(0.25), Team::new(1));
/// let (x, mut y) = ([[[[3.0; 3]; 3]; 100]], [[[[0.0; 3]; 3]; 100]]);
/// let mut scratch = [0.0; 256];
/// layer.forward_train(&x, &mut y, Arena::new(&mut []), (), Context::new(&team, 0, 0, true, &mut scratch));
/// assert!(y[0].iter().all(|&channel| channel == [[0.0; 3]; 3] || channel == [[4.0; 3]; 3]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Dropout2d<S> {
    rate: f32,
    sample: PhantomData<fn(S)>,
}

parameters! { impl[S: Sample<Element = f32>] Dropout2d<S> }

impl<S: Sample<Element = f32>> Dropout2d<S> {
    const CHANNELS: usize = S::SHAPE.dims()[0];
    const SHAPES: () = assert!(
        S::SHAPE.rank() >= 2,
        "dropout of channels takes `[channels, height, width]` or `[channels, length]`; for vectors there is `Dropout`"
    );

    /// The layer that drops this part of the channels.
    ///
    /// # Panics
    /// If `rate` is not in 0..=1.
    pub fn new(rate: f32) -> Self {
        let () = Self::SHAPES;
        assert!((0.0..=1.0).contains(&rate), "the rate of a dropout is a probability from 0 to 1, not {rate}");
        Self { rate, sample: PhantomData }
    }

    /// The probability with which a channel is dropped.
    pub fn rate(&self) -> f32 {
        self.rate
    }

    /// y = x with a factor for each channel: 0 or 1 / (1 − rate).
    fn scale(&self, x: &[S], y: &mut [S], cx: &mut Context<'_>) {
        let factors = cx.floats(x.len() * Self::CHANNELS);
        factors.fill(1.0);
        let rate = if cx.training { self.rate } else { 0.0 };
        nn_kernels::dropout_inplace(cx.team, cx.random_key(), 0, rate, factors);
        // In the order of files, a channel is a run.
        let side_by_side = if S::CHANNELS_LAST.is_some() { Self::CHANNELS } else { 1 };
        nn_kernels::scale_channels(cx.team, side_by_side, factors, S::flat(x), S::flat_mut(y));
    }
}

impl<S: Sample<Element = f32>> Layer for Dropout2d<S> {
    type In = S;
    type Out = S;
    type Gives = Scores;
    const KIND: &'static str = "Dropout2d";
    const MEMORY: Memory = Memory { train: Size::per_sample(Self::CHANNELS), ..Memory::NONE };
    const READS: Reads = Reads::NEITHER;
    const FLOPS: u64 = 0;

    fn forward(&self, x: &[S], y: &mut [S], _: Context<'_>) {
        S::flat_mut(y).copy_from_slice(S::flat(x));
    }

    fn forward_train(&self, x: &[S], y: &mut [S], _: Arena<'_>, (): (), mut cx: Context<'_>) {
        self.scale(x, y, &mut cx);
    }

    /// dx = dy, dropped and scaled as x was.
    fn backward(
        &self,
        _: Saved<'_, Self>,
        dy: &mut [S],
        (): &mut (),
        (): (),
        dx: Option<&mut [S]>,
        mut cx: Context<'_>,
    ) {
        if let Some(dx) = dx {
            self.scale(dy, dx, &mut cx);
        }
    }
}
