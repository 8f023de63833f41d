//! Dropout.

use crate::{Arena, Context, Layer, Reads, Sample, Saved, Scores, parameters};
use core::marker::PhantomData;

/// In training, each element is 0 with probability `rate` and else x / (1 − rate); in evaluation, y = x.
///
/// | | |
/// |---|---|
/// | takes, gives | any sample of `f32`, the same |
/// | parameters | none |
/// | PyTorch | `nn.Dropout(rate)` |
///
/// (Srivastava et al., 2014) Which elements are dropped depends on the seed, the layer's path, the step, the sample's place in the batch
/// and the element, and on nothing else. The mask is not kept: backward draws it again.
///
/// ```
/// use nn_core::layers::Dropout;
/// use nn_core::{Arena, Context, Layer, Team};
///
/// let (layer, team) = (Dropout::<[f32; 1000]>::new(0.25), Team::new(1));
/// let (x, mut y) = ([[3.0; 1000]], [[0.0; 1000]]);
/// layer.forward_train(&x, &mut y, Arena::new(&mut []), (), Context::new(&team, 0, 0, true, &mut []));
/// assert!(y[0].iter().all(|&y| y == 0.0 || y == 4.0));
/// layer.forward(&x, &mut y, Context::new(&team, 0, 0, false, &mut []));
/// assert_eq!(x, y);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Dropout<S> {
    rate: f32,
    sample: PhantomData<fn(S)>,
}

parameters! { impl[S: Sample<Element = f32>] Dropout<S> }

impl<S> Dropout<S> {
    /// The layer that drops this part of the elements.
    ///
    /// # Panics
    /// If `rate` is not in 0..=1.
    pub fn new(rate: f32) -> Self {
        assert!((0.0..=1.0).contains(&rate), "the rate of a dropout is a probability from 0 to 1, not {rate}");
        Self { rate, sample: PhantomData }
    }

    /// The probability with which an element is dropped.
    pub fn rate(&self) -> f32 {
        self.rate
    }
}

impl<S: Sample<Element = f32>> Layer for Dropout<S> {
    type In = S;
    type Out = S;
    type Gives = Scores;
    const KIND: &'static str = "Dropout";
    const READS: Reads = Reads::NEITHER;
    const FLOPS: u64 = 0;

    fn forward(&self, x: &[S], y: &mut [S], _: Context<'_>) {
        S::flat_mut(y).copy_from_slice(S::flat(x));
    }

    fn forward_train(&self, x: &[S], y: &mut [S], _: Arena<'_>, (): (), cx: Context<'_>) {
        let rate = if cx.training { self.rate } else { 0.0 };
        nn_kernels::dropout(cx.team, cx.random_key(), 0, rate, S::flat(x), S::flat_mut(y));
    }

    /// dx = dy, dropped and scaled as x was.
    fn backward(&self, _: Saved<'_, Self>, dy: &mut [S], (): &mut (), (): (), dx: Option<&mut [S]>, cx: Context<'_>) {
        let Some(dx) = dx else { return };
        let rate = if cx.training { self.rate } else { 0.0 };
        nn_kernels::dropout(cx.team, cx.random_key(), 0, rate, S::flat(dy), S::flat_mut(dx));
    }
}
