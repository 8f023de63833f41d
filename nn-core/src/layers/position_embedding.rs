//! Learned positions.

use super::copy;
use crate::init::Init;
use crate::random::Random;
use crate::{Context, Layer, Layout, Reads, Sample, Saved, Scores, Tensor, parameters};
use core::marker::PhantomData;

/// y = x + P, with a learned P for each element of a sample: where a step stands in its sequence.
///
/// | | |
/// |---|---|
/// | takes, gives | `[steps, features]`, the same |
/// | `weight` | P: `[steps, features]` |
/// | Keras, PyTorch | `keras_hub.layers.PositionEmbedding`, whose output is added here; a `nn.Parameter` that is added |
///
/// Attention does not see in which order steps come; this tells it. (Gehring et al., 2017) The gradients are dP = Σ dy (over samples) and dx = dy.
/// Initial values are normal with a standard deviation of 0.02.
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::PositionEmbedding;
///
/// let mut layer = PositionEmbedding::<[[f32; 1]; 3]>::new();
/// layer.weight.set(&[0.5, 1.5, 2.5])?;
/// assert_eq!(*layer.predict(&[[[1.0], [1.0], [1.0]]]), [[[1.5], [2.5], [3.5]]]);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PositionEmbedding<S> {
    /// P, of the shape of a sample.
    pub weight: Tensor,
    init: Init,
    sample: PhantomData<fn(S)>,
}

parameters! {
    impl[S: Sample<Element = f32>] PositionEmbedding<S>,
    PositionEmbeddingGrads { weight },
    count = S::LEN,
    tensors = [("weight", S::SHAPE)]
}

impl<S: Sample<Element = f32>> PositionEmbedding<S> {
    const ORDER: () = assert!(S::CHANNELS_LAST.is_none(), "positions are learned in the order of the shape");

    /// The layer with all positions 0. [`Layer::reset`] draws initial values.
    pub fn new() -> Self {
        let () = Self::ORDER;
        let init = Init::Normal { mean: 0.0, std: 0.02 };
        Self { weight: Tensor::zeros(S::SHAPE, Layout::Plain), init, sample: PhantomData }
    }

    /// The same layer with other initial values.
    #[must_use]
    pub fn initialized(self, weight: Init) -> Self {
        Self { init: weight, ..self }
    }
}

impl<S: Sample<Element = f32>> Default for PositionEmbedding<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Sample<Element = f32>> Layer for PositionEmbedding<S> {
    type In = S;
    type Out = S;
    type Gives = Scores;
    const KIND: &'static str = "PositionEmbedding";
    const READS: Reads = Reads::NEITHER;
    const FLOPS: u64 = S::LEN as u64;
    const BACKWARD_FLOPS: u64 = S::LEN as u64;

    fn forward(&self, x: &[S], y: &mut [S], cx: Context<'_>) {
        nn_kernels::add_row(cx.team, S::flat(x), self.weight.values(), S::flat_mut(y));
    }

    fn backward(
        &self,
        _: Saved<'_, Self>,
        dy: &mut [S],
        grads: &mut PositionEmbeddingGrads,
        train: bool,
        dx: Option<&mut [S]>,
        cx: Context<'_>,
    ) {
        if train && !grads.weight.is_empty() {
            nn_kernels::column_sums(cx.team, S::flat(dy), grads.weight.values_mut(), cx.accumulate);
        }
        if let Some(dx) = dx {
            copy(cx.team, S::flat(dy), S::flat_mut(dx));
        }
    }

    fn reset(&mut self, key: u64) {
        self.init.fill(&mut self.weight, &mut Random::new(key, "weight"));
    }
}
