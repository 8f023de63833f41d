//! Normalisation of each position by its root mean square.

use crate::{Arena, Context, Layer, Memory, Reads, Sample, Saved, Scores, Shape, Size, Tensor, parameters};
use core::marker::PhantomData;

/// y = x / √(average(x²) + ε) · γ, with the average over the last dimension of each sample.
///
/// | | |
/// |---|---|
/// | takes, gives | `[…, features]`, the same |
/// | `weight` | γ: `[features]` |
/// | PyTorch | `nn.RMSNorm(features)` |
///
/// (Zhang and Sennrich, 2019) A [`LayerNorm`](super::LayerNorm) without the mean. With x̂ = x / √(average(x²) + ε) and g = dy · γ, the gradients are
/// dγ = Σ dy · x̂ (over samples and positions) and dx = (g − x̂ · average(g · x̂)) / √(average(x²) + ε). γ starts at 1; ε is the distance from 1 to the next
/// `f32`, as in PyTorch, unless set by [`RmsNorm::eps`].
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::RmsNorm;
///
/// let layer = RmsNorm::<[f32; 4]>::new().eps(0.0);
/// assert_eq!(*layer.predict(&[[4.0, 0.0, 0.0, 0.0], [3.0, -3.0, 3.0, -3.0]]), [[2.0, 0.0, 0.0, 0.0], [1.0, -1.0, 1.0, -1.0]]);
/// ```
#[derive(Clone, Debug)]
pub struct RmsNorm<S> {
    /// γ, `[features]`.
    pub weight: Tensor,
    eps: f32,
    sample: PhantomData<fn(S)>,
}

parameters! {
    impl[S: Sample<Element = f32>] RmsNorm<S>, RmsNormGrads { weight }, norm = true, count = Self::FEATURES,
    tensors = [("weight", Self::VECTOR)]
}

impl<S: Sample<Element = f32>> RmsNorm<S> {
    const FEATURES: usize = S::SHAPE.last();
    const VECTOR: Shape = Shape::new(&[Self::FEATURES]);
    /// Rows that are normalised, for one sample.
    const POSITIONS: usize = S::LEN / S::SHAPE.last();
    /// 1 / √(average(x²) + ε) of each row.
    const STATISTICS: Size = Size::per_sample(Self::POSITIONS);

    /// The layer with γ = 1.
    pub fn new() -> Self {
        Self { weight: Tensor::filled(Self::VECTOR, 1.0), eps: f32::EPSILON, sample: PhantomData }
    }

    /// The same with another ε, which keeps the divisor from 0.
    #[must_use]
    pub fn eps(self, eps: f32) -> Self {
        Self { eps, ..self }
    }

    fn normalize(&self, x: &[S], y: &mut [S], scale: &mut [f32], cx: &Context<'_>) {
        nn_kernels::rms_norm(cx.team, S::flat(x), self.weight.values(), self.eps, S::flat_mut(y), scale);
    }
}

impl<S: Sample<Element = f32>> Default for RmsNorm<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Sample<Element = f32>> Layer for RmsNorm<S> {
    type In = S;
    type Out = S;
    type Gives = Scores;
    const KIND: &'static str = "RmsNorm";
    const MEMORY: Memory = Memory { tape: Self::STATISTICS, forward: Self::STATISTICS, train: Size::NONE };
    const READS: Reads = Reads::INPUT;
    // Squares 2, x̂ and γ 2.
    const FLOPS: u64 = 4 * S::LEN as u64;

    fn forward(&self, x: &[S], y: &mut [S], mut cx: Context<'_>) {
        let scale = cx.floats(x.len() * Self::POSITIONS);
        self.normalize(x, y, scale, &cx);
    }

    fn forward_train(&self, x: &[S], y: &mut [S], mut tape: Arena<'_>, _: bool, cx: Context<'_>) {
        let scale = tape.floats(x.len() * Self::POSITIONS);
        self.normalize(x, y, scale, &cx);
    }

    fn backward(
        &self,
        mut saved: Saved<'_, Self>,
        dy: &mut [S],
        grads: &mut RmsNormGrads,
        train: bool,
        dx: Option<&mut [S]>,
        cx: Context<'_>,
    ) {
        let scale = saved.tape.floats(dy.len() * Self::POSITIONS);
        let (x, dy) = (S::flat(saved.x), S::flat(dy));
        if train && !grads.weight.is_empty() {
            let dgamma = grads.weight.values_mut();
            nn_kernels::rms_norm_backward_parameters(cx.team, x, dy, scale, dgamma, cx.accumulate);
        }
        if let Some(dx) = dx {
            nn_kernels::rms_norm_backward(cx.team, x, dy, self.weight.values(), scale, S::flat_mut(dx));
        }
    }

    fn reset(&mut self, _: u64) {
        self.weight.values_mut().fill(1.0);
    }
}
