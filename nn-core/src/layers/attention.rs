//! Attention of the positions of a sequence to each other.

use crate::init::Init;
use crate::random::Random;
use crate::{Arena, Context, Layer, Layout, Memory, Reads, Sample, Saved, Scores, Shape, Size, Tensor, parameters};
use core::marker::PhantomData;
use nn_kernels::{Attention, Epilogue, LinearGradients, Mat, MatMut, PackedB};

/// Each position takes from all others what it attends to: y = heads(x) · W_outᵀ + b_out.
///
/// | | |
/// |---|---|
/// | takes, gives | `[positions, features]`, the same |
/// | `in_proj_weight` | W_in: `[3 · features, features]`, the rows of queries, keys and values |
/// | `in_proj_bias` | b_in: `[3 · features]`; absent where `BIAS` is false |
/// | `out_proj.weight` | W_out: `[features, features]` |
/// | `out_proj.bias` | b_out: `[features]`; absent where `BIAS` is false |
/// | PyTorch | `nn.MultiheadAttention(features, HEADS, batch_first=True)` with `query`, `key` and `value` the same |
///
/// (Vaswani et al., 2017) The projection x · W_inᵀ + b_in is queries Q, keys K and values V, each cut into `HEADS` heads of
/// width = features / HEADS. A head gives softmax(Q · Kᵀ / √width) · V, and the heads stand side by side. Where `CAUSAL` is true, a
/// position sees itself and those before it only, as in a network that writes text (PyTorch: `attn_mask` with −∞ above the diagonal).
///
/// With P = softmax(…), dO = dy · W_out and dP = dO · Vᵀ, the gradients of a head are dS = P ∘ (dP − Σ P ∘ dP) / √width (the sum over
/// each row), dQ = dS · K, dK = dSᵀ · Q, dV = Pᵀ · dO; those of the projections are those of [`Dense`](super::Dense). P is computed again in the
/// backward pass, so no memory grows with the square of the positions.
///
/// W_in starts uniform in ±√(6 / (4 · features)) ([`Init::xavier_uniform`]), W_out as in a [`Dense`](super::Dense), biases at 0, as in PyTorch.
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::MultiHeadAttention;
///
/// // Queries and keys of 0: all positions are attended to alike. Values are what comes in.
/// let mut mean = MultiHeadAttention::<[[f32; 1]; 2], 1>::new();
/// mean.in_proj_weight.set(&[0.0, 0.0, 1.0])?;
/// mean.out_proj_weight.set(&[1.0])?;
/// assert_eq!(*mean.predict(&[[[1.0], [3.0]]]), [[[2.0], [2.0]]]);
///
/// // The first position does not see the second.
/// let mut causal = MultiHeadAttention::<[[f32; 1]; 2], 1, true>::new();
/// causal.in_proj_weight.set(&[0.0, 0.0, 1.0])?;
/// causal.out_proj_weight.set(&[1.0])?;
/// assert_eq!(*causal.predict(&[[[1.0], [3.0]]]), [[[1.0], [2.0]]]);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// Heads that do not divide the features are refused while the program is built:
///
/// ```compile_fail
/// let layer = nn_core::layers::MultiHeadAttention::<[[f32; 8]; 5], 3>::new();
/// ```
#[derive(Clone, Debug)]
pub struct MultiHeadAttention<S, const HEADS: usize, const CAUSAL: bool = false, const BIAS: bool = true> {
    /// W_in, `[3 · features, features]`.
    pub in_proj_weight: Tensor,
    /// b_in, `[3 · features]`; empty where there is none.
    pub in_proj_bias: Tensor,
    /// W_out, `[features, features]`; called `out_proj.weight` in files.
    pub out_proj_weight: Tensor,
    /// b_out, `[features]`; empty where there is none. Called `out_proj.bias` in files.
    pub out_proj_bias: Tensor,
    packed: [Option<PackedB>; 2],
    sample: PhantomData<fn(S)>,
}

parameters! {
    impl[S: Sample<Element = f32>, const HEADS: usize, const CAUSAL: bool, const BIAS: bool]
    MultiHeadAttention<S, HEADS, CAUSAL, BIAS>,
    MultiHeadAttentionGrads {
        in_proj_weight,
        in_proj_bias,
        out_proj_weight as "out_proj.weight",
        out_proj_bias as "out_proj.bias"
    },
    biases { in_proj_bias, out_proj_bias as "out_proj.bias" },
    count = 4 * Self::OF.features * (Self::OF.features + BIAS as usize),
    tensors = [
        ("in_proj_weight", Self::weight(3)),
        ("in_proj_bias", Self::bias(3)),
        ("out_proj.weight", Self::weight(1)),
        ("out_proj.bias", Self::bias(1))
    ]
}

impl<S: Sample<Element = f32>, const HEADS: usize, const CAUSAL: bool, const BIAS: bool>
    MultiHeadAttention<S, HEADS, CAUSAL, BIAS>
{
    const OF: Attention =
        Attention { positions: S::SHAPE.dims()[0], features: S::SHAPE.last(), heads: HEADS, causal: CAUSAL };
    const SHAPES: () = {
        assert!(
            S::SHAPE.rank() == 2 && S::LEN > 0 && S::CHANNELS_LAST.is_none(),
            "attention is over samples of positions, each a row of features"
        );
        assert!(HEADS > 0 && S::SHAPE.last().is_multiple_of(HEADS), "the heads of an attention divide its features");
    };
    /// Pairs of positions of which one sees the other.
    const PAIRS: u64 = {
        let positions = Self::OF.positions as u64;
        if CAUSAL { positions * (positions + 1) / 2 } else { positions * positions }
    };

    /// The shape of a weight with `parts` outputs for each feature.
    const fn weight(parts: usize) -> Shape {
        Shape::new(&[parts * Self::OF.features, Self::OF.features])
    }

    /// That of its bias.
    const fn bias(parts: usize) -> Shape {
        Shape::new(&[if BIAS { parts * Self::OF.features } else { 0 }])
    }

    /// The layer with all parameters 0. [`Layer::reset`] draws initial values.
    pub fn new() -> Self {
        let () = Self::SHAPES;
        let [in_proj_weight, out_proj_weight] =
            [3, 1].map(|parts| Tensor::zeros(Self::weight(parts), Layout::Transposed));
        let [in_proj_bias, out_proj_bias] = [3, 1].map(|parts| match BIAS {
            true => Tensor::filled(Self::bias(parts), 0.0),
            false => Tensor::absent(),
        });
        Self { in_proj_weight, in_proj_bias, out_proj_weight, out_proj_bias, packed: [None, None], sample: PhantomData }
    }

    /// W_in and W_out as they lie inside: `[features, 3 · features]` and `[features, features]`.
    fn inside(&self) -> [Mat<'_>; 2] {
        let features = Self::OF.features;
        [(&self.in_proj_weight, 3), (&self.out_proj_weight, 1)]
            .map(|(weight, parts)| Mat::new(weight.values(), features, parts * features))
    }

    /// One of the two projections, with as many outputs for each feature.
    fn project(&self, which: usize, x: &[f32], y: &mut [f32], cx: &Context<'_>) {
        let features = Self::OF.features;
        let bias = [&self.in_proj_bias, &self.out_proj_bias][which];
        let epilogue = Epilogue { bias: BIAS.then(|| bias.values()), ..Epilogue::default() };
        let weight = self.inside()[which];
        let rows = x.len() / features;
        let (x, y) = (Mat::new(x, rows, features), MatMut::new(y, rows, weight.cols()));
        match &self.packed[which] {
            Some(packed) => nn_kernels::matmul_packed(cx.team, x, packed, y, epilogue),
            None => nn_kernels::matmul_nn(cx.team, x, weight, y, epilogue),
        }
    }

    /// The output, with memory for queries, keys and values, and for what the heads give.
    fn attend(&self, x: &[S], y: &mut [S], qkv: &mut [f32], heads: &mut [f32], cx: &Context<'_>) {
        self.project(0, S::flat(x), qkv, cx);
        nn_kernels::attention(cx.team, &Self::OF, qkv, heads);
        self.project(1, heads, S::flat_mut(y), cx);
    }
}

impl<S: Sample<Element = f32>, const HEADS: usize, const CAUSAL: bool, const BIAS: bool> Default
    for MultiHeadAttention<S, HEADS, CAUSAL, BIAS>
{
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Sample<Element = f32>, const HEADS: usize, const CAUSAL: bool, const BIAS: bool> Layer
    for MultiHeadAttention<S, HEADS, CAUSAL, BIAS>
{
    type In = S;
    type Out = S;
    type Gives = Scores;
    const KIND: &'static str = "MultiHeadAttention";
    // Queries, keys and values, and what the heads give.
    const MEMORY: Memory = {
        let both = Size::per_sample(3 * S::LEN).plus(Size::per_sample(S::LEN));
        Memory { tape: both, forward: both, train: both }
    };
    const IDLE_TAPE: Size = Size::per_sample(3 * S::LEN);
    const READS: Reads = Reads::INPUT;
    // The projections; products of queries and keys and sums of values over pairs of positions that see each other; a softmax of 5 for
    // each of them and head.
    const FLOPS: u64 = (8 * Self::OF.features as u64 + 4 * BIAS as u64) * S::LEN as u64
        + Self::PAIRS * (4 * Self::OF.features as u64 + 5 * HEADS as u64);
    // The products of queries and keys once more, then four of that size; the softmax again, and its derivative of 5.
    const BACKWARD_FLOPS: u64 = (16 * Self::OF.features as u64 + 4 * BIAS as u64) * S::LEN as u64
        + Self::PAIRS * (10 * Self::OF.features as u64 + 10 * HEADS as u64);

    fn tape(train: bool, _: bool) -> Size {
        Self::IDLE_TAPE.plus(Size::per_sample(S::LEN).when(train))
    }

    fn reads(train: bool, _: bool) -> Reads {
        Reads { x: train, ..Self::READS }
    }

    fn forward(&self, x: &[S], y: &mut [S], mut cx: Context<'_>) {
        let (qkv, heads) = (cx.floats(3 * x.len() * S::LEN), cx.floats(x.len() * S::LEN));
        self.attend(x, y, qkv, heads, &cx);
    }

    fn forward_train(&self, x: &[S], y: &mut [S], mut tape: Arena<'_>, train: bool, mut cx: Context<'_>) {
        let qkv = tape.floats(3 * x.len() * S::LEN);
        // Only the gradient of W_out needs what the heads give.
        let heads = if train { tape.floats(x.len() * S::LEN) } else { cx.floats(x.len() * S::LEN) };
        self.attend(x, y, qkv, heads, &cx);
    }

    fn backward(
        &self,
        mut saved: Saved<'_, Self>,
        dy: &mut [S],
        grads: &mut MultiHeadAttentionGrads,
        train: bool,
        dx: Option<&mut [S]>,
        mut cx: Context<'_>,
    ) {
        if !train && dx.is_none() {
            return;
        }
        let (len, features) = (dy.len() * S::LEN, Self::OF.features);
        let rows = len / features;
        let qkv = saved.tape.floats(3 * len);
        let heads = if train { saved.tape.floats(len) } else { &[] };
        let (d_qkv, d_heads) = (cx.floats(3 * len), cx.floats(len));
        let [w_in, w_out] = self.inside();
        let gradients = LinearGradients {
            weight: (train && !grads.out_proj_weight.is_empty())
                .then(|| MatMut::new(grads.out_proj_weight.values_mut(), features, features)),
            bias: (train && BIAS).then(|| grads.out_proj_bias.values_mut()),
            input: Some(MatMut::new(d_heads, rows, features)),
            accumulate: cx.accumulate,
        };
        let of_heads = Mat::new(heads, if train { rows } else { 0 }, features);
        nn_kernels::linear_backward(cx.team, of_heads, w_out, S::flat(dy), gradients);
        nn_kernels::attention_backward(cx.team, &Self::OF, qkv, d_heads, d_qkv);
        let gradients = LinearGradients {
            weight: (train && !grads.in_proj_weight.is_empty())
                .then(|| MatMut::new(grads.in_proj_weight.values_mut(), features, 3 * features)),
            bias: (train && BIAS).then(|| grads.in_proj_bias.values_mut()),
            input: dx.map(|dx| MatMut::new(S::flat_mut(dx), rows, features)),
            accumulate: cx.accumulate,
        };
        let x = S::flat(saved.x);
        let x = Mat::new(x, x.len() / features, features);
        nn_kernels::linear_backward(cx.team, x, w_in, d_qkv, gradients);
    }

    fn reset(&mut self, key: u64) {
        Init::xavier_uniform().fill(&mut self.in_proj_weight, &mut Random::new(key, "in_proj_weight"));
        Init::linear().fill(&mut self.out_proj_weight, &mut Random::new(key, "out_proj.weight"));
        self.in_proj_bias.values_mut().fill(0.0);
        self.out_proj_bias.values_mut().fill(0.0);
    }

    fn prepare(&mut self) {
        let packed =
            self.inside().map(|weight| PackedB::pays(weight.rows(), weight.cols()).then(|| PackedB::pack(weight)));
        self.packed = packed;
    }
}
