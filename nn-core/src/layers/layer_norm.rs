//! Normalisation of each position by itself.

use crate::{Arena, Context, Layer, Memory, Reads, Sample, Saved, Scores, Shape, Size, Tensor, parameters};
use core::marker::PhantomData;
use nn_kernels::Buffer;

/// y = (x − mean) / √(variance + ε) · γ + β, with mean and variance over the last dimension of each sample.
///
/// | | |
/// |---|---|
/// | takes, gives | `[…, features]`, the same |
/// | `weight` | γ: `[features]`; absent where `AFFINE` is false |
/// | `bias` | β: `[features]`; absent where `AFFINE` is false |
/// | PyTorch | `nn.LayerNorm(features)`, with `elementwise_affine=False` where `AFFINE` is false |
///
/// (Ba, Kiros and Hinton, 2016) The variance is the biased one. With x̂ = (x − mean) / √(variance + ε) and g = dy · γ, the gradients are
/// dγ = Σ dy · x̂, dβ = Σ dy (over samples and positions) and dx = (g − average(g) − x̂ · average(g · x̂)) / √(variance + ε).
/// γ starts at 1 and β at 0.
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::LayerNorm;
///
/// let layer = LayerNorm::<[f32; 2]>::new().eps(0.0);
/// assert_eq!(*layer.predict(&[[1.0, 3.0], [10.0, 30.0]]), [[-1.0, 1.0], [-1.0, 1.0]]);
/// ```
#[derive(Clone, Debug)]
pub struct LayerNorm<S, const AFFINE: bool = true> {
    /// γ, `[features]`; empty where there is none.
    pub weight: Tensor,
    /// β, `[features]`; empty where there is none.
    pub bias: Tensor,
    /// 1 and 0 in place of γ and β where there are none.
    neutral: (Buffer, Buffer),
    eps: f32,
    sample: PhantomData<fn(S)>,
}

parameters! {
    impl[S: Sample<Element = f32>, const AFFINE: bool] LayerNorm<S, AFFINE>,
    LayerNormGrads { weight, bias },
    biases { bias },
    norm = true,
    count = if AFFINE { 2 * Self::FEATURES } else { 0 },
    tensors = [("weight", Self::VECTOR), ("bias", Self::VECTOR)]
}

impl<S: Sample<Element = f32>, const AFFINE: bool> LayerNorm<S, AFFINE> {
    const FEATURES: usize = S::SHAPE.last();
    /// γ and β, or none.
    const VECTOR: Shape = Shape::new(&[if AFFINE { Self::FEATURES } else { 0 }]);
    /// Rows that are normalised, for one sample.
    const POSITIONS: usize = S::LEN / S::SHAPE.last();
    /// Mean and 1 / √(variance + ε) of each row.
    const STATISTICS: Size = Size::per_sample(Self::POSITIONS).times(2);

    /// The layer with γ = 1, β = 0 and ε = 1e-5.
    pub fn new() -> Self {
        let shape = Shape::new(&[Self::FEATURES]);
        let (ones, zeros) = (Tensor::filled(shape, 1.0), Tensor::filled(shape, 0.0));
        let neutral = if AFFINE {
            (Buffer::default(), Buffer::default())
        } else {
            (Buffer::from(ones.values()), Buffer::from(zeros.values()))
        };
        let [weight, bias] = if AFFINE { [ones, zeros] } else { [Tensor::absent(), Tensor::absent()] };
        Self { weight, bias, neutral, eps: 1e-5, sample: PhantomData }
    }

    /// The same with another ε, which keeps the divisor from 0.
    #[must_use]
    pub fn eps(self, eps: f32) -> Self {
        Self { eps, ..self }
    }

    fn gamma(&self) -> &[f32] {
        if AFFINE { self.weight.values() } else { &self.neutral.0 }
    }

    fn normalize(&self, x: &[S], y: &mut [S], mean: &mut [f32], rstd: &mut [f32], cx: &Context<'_>) {
        let beta = if AFFINE { self.bias.values() } else { &self.neutral.1 };
        nn_kernels::layer_norm(cx.team, S::flat(x), self.gamma(), beta, self.eps, S::flat_mut(y), mean, rstd);
    }
}

impl<S: Sample<Element = f32>, const AFFINE: bool> Default for LayerNorm<S, AFFINE> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Sample<Element = f32>, const AFFINE: bool> Layer for LayerNorm<S, AFFINE> {
    type In = S;
    type Out = S;
    type Gives = Scores;
    const KIND: &'static str = "LayerNorm";
    const MEMORY: Memory = Memory { tape: Self::STATISTICS, forward: Self::STATISTICS, train: Size::NONE };
    const READS: Reads = Reads::INPUT;
    // Mean 1, variance 3, x̂ 2, γ and β 2.
    const FLOPS: u64 = 8 * S::LEN as u64;

    fn forward(&self, x: &[S], y: &mut [S], mut cx: Context<'_>) {
        let rows = x.len() * Self::POSITIONS;
        let (mean, rstd) = (cx.floats(rows), cx.floats(rows));
        self.normalize(x, y, mean, rstd, &cx);
    }

    fn forward_train(&self, x: &[S], y: &mut [S], mut tape: Arena<'_>, _: bool, cx: Context<'_>) {
        let rows = x.len() * Self::POSITIONS;
        let (mean, rstd) = (tape.floats(rows), tape.floats(rows));
        self.normalize(x, y, mean, rstd, &cx);
    }

    fn backward(
        &self,
        mut saved: Saved<'_, Self>,
        dy: &mut [S],
        grads: &mut LayerNormGrads,
        train: bool,
        dx: Option<&mut [S]>,
        cx: Context<'_>,
    ) {
        let rows = dy.len() * Self::POSITIONS;
        let (mean, rstd) = (saved.tape.floats(rows), saved.tape.floats(rows));
        let (x, dy) = (S::flat(saved.x), S::flat(dy));
        let (dgamma, dbeta) = (grads.weight.values_mut(), grads.bias.values_mut());
        if train && AFFINE && dgamma.is_empty() {
            nn_kernels::column_sums(cx.team, dy, dbeta, cx.accumulate);
        } else if train && AFFINE {
            nn_kernels::layer_norm_backward_parameters(cx.team, x, dy, mean, rstd, dgamma, dbeta, cx.accumulate);
        }
        if let Some(dx) = dx {
            nn_kernels::layer_norm_backward(cx.team, x, dy, self.gamma(), mean, rstd, S::flat_mut(dx));
        }
    }

    fn reset(&mut self, _: u64) {
        self.weight.values_mut().fill(1.0);
        self.bias.values_mut().fill(0.0);
    }
}
