//! Normalisation of groups of channels.

use super::image::{channels_last, room, write};
use crate::{Arena, Context, Layer, Memory, Reads, Sample, Saved, Scores, Shape, Size, Tensor, parameters};
use core::marker::PhantomData;
use nn_kernels::{GroupNormSaved, Groups};

/// y = (x − mean) / √(variance + ε) · γ + β, with mean and variance over each of `GROUPS` groups of channels of each sample.
///
/// | | |
/// |---|---|
/// | takes, gives | `[channels, …]`, the same |
/// | `weight` | γ: `[channels]` |
/// | `bias` | β: `[channels]` |
/// | PyTorch | `nn.GroupNorm(GROUPS, channels)` |
///
/// (Wu and He, 2018) Groups are channels side by side; the variance is the biased one. Unlike [`BatchNorm`](super::BatchNorm) it does not look at
/// other samples, so that it works for batches of any size and is the same in training and evaluation. With x̂ = (x − mean) / √(variance + ε) and
/// g = dy · γ, the gradients are dγ = Σ dy · x̂, dβ = Σ dy (over samples and positions) and
/// dx = (g − average(g) − x̂ · average(g · x̂)) / √(variance + ε), the averages over each group. γ starts at 1 and β at 0.
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::GroupNorm;
///
/// let layer = GroupNorm::<[[f32; 1]; 4], 2>::new().eps(0.0);
/// assert_eq!(*layer.predict(&[[[1.0], [3.0], [10.0], [30.0]]]), [[[-1.0], [1.0], [-1.0], [1.0]]]);
/// ```
///
/// Groups that do not divide the channels are refused while the program is built:
///
/// ```compile_fail
/// let layer = nn_core::layers::GroupNorm::<[[f32; 1]; 4], 3>::new();
/// ```
#[derive(Clone, Debug)]
pub struct GroupNorm<S, const GROUPS: usize> {
    /// γ, `[channels]`.
    pub weight: Tensor,
    /// β, `[channels]`.
    pub bias: Tensor,
    eps: f32,
    sample: PhantomData<fn(S)>,
}

parameters! {
    impl[S: Sample<Element = f32>, const GROUPS: usize] GroupNorm<S, GROUPS>,
    GroupNormGrads { weight, bias },
    biases { bias },
    norm = true,
    count = 2 * Self::OF.channels,
    tensors = [("weight", Self::VECTOR), ("bias", Self::VECTOR)]
}

impl<S: Sample<Element = f32>, const GROUPS: usize> GroupNorm<S, GROUPS> {
    const VECTOR: Shape = Shape::new(&[Self::OF.channels]);
    const OF: Groups = {
        let channels = S::SHAPE.dims()[0];
        Groups { positions: S::LEN / channels, channels, groups: GROUPS }
    };
    const SHAPES: () = {
        assert!(
            GROUPS > 0 && Self::OF.channels.is_multiple_of(GROUPS),
            "the groups of a normalisation divide its channels"
        );
        assert!(
            S::CHANNELS_LAST.is_none() || S::SHAPE.rank() > 1,
            "a flattened image whose channels lie together has no groups side by side"
        );
    };
    /// Mean and 1 / √(variance + ε) of each group.
    const STATISTICS: Size = Size::per_sample(GROUPS).times(2);

    /// The layer with γ = 1, β = 0 and ε = 1e-5.
    pub fn new() -> Self {
        let () = Self::SHAPES;
        let [weight, bias] = [1.0, 0.0].map(|value| Tensor::filled(Self::VECTOR, value));
        Self { weight, bias, eps: 1e-5, sample: PhantomData }
    }

    /// The same with another ε, which keeps the divisor from 0.
    #[must_use]
    pub fn eps(self, eps: f32) -> Self {
        Self { eps, ..self }
    }

    fn normalize(&self, x: &[S], y: &mut [S], [mean, rstd]: [&mut [f32]; 2], mut cx: Context<'_>) {
        let x = channels_last(x, &mut cx);
        let (gamma, beta) = (self.weight.values(), self.bias.values());
        write(y, &mut cx, |y, cx| {
            nn_kernels::group_norm(cx.team, &Self::OF, x, gamma, beta, self.eps, y, mean, rstd);
        });
    }
}

impl<S: Sample<Element = f32>, const GROUPS: usize> Default for GroupNorm<S, GROUPS> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Sample<Element = f32>, const GROUPS: usize> Layer for GroupNorm<S, GROUPS> {
    type In = S;
    type Out = S;
    type Gives = Scores;
    const KIND: &'static str = "GroupNorm";
    const MEMORY: Memory = Memory {
        tape: Self::STATISTICS,
        forward: Self::STATISTICS.plus(room::<S>().times(2)),
        // Sums over the positions of each sample.
        train: room::<S>().times(3).plus(Size::per_sample(2 * Self::OF.channels)),
    };
    const READS: Reads = Reads::INPUT;
    // Mean 1, variance 3, x̂ 2, γ and β 2.
    const FLOPS: u64 = 8 * S::LEN as u64;

    fn forward(&self, x: &[S], y: &mut [S], mut cx: Context<'_>) {
        let statistics = [(); 2].map(|()| cx.floats(x.len() * GROUPS));
        self.normalize(x, y, statistics, cx);
    }

    fn forward_train(&self, x: &[S], y: &mut [S], mut tape: Arena<'_>, _: bool, cx: Context<'_>) {
        let statistics = [(); 2].map(|()| tape.floats(x.len() * GROUPS));
        self.normalize(x, y, statistics, cx);
    }

    fn backward(
        &self,
        mut saved: Saved<'_, Self>,
        dy: &mut [S],
        grads: &mut GroupNormGrads,
        train: bool,
        dx: Option<&mut [S]>,
        mut cx: Context<'_>,
    ) {
        if !train && dx.is_none() {
            return;
        }
        let [mean, rstd] = [(); 2].map(|()| saved.tape.floats(dy.len() * GROUPS));
        let sums = cx.floats(2 * dy.len() * Self::OF.channels);
        let (x, dy) = (channels_last(saved.x, &mut cx), channels_last(dy, &mut cx));
        let saved = GroupNormSaved { x, gamma: self.weight.values(), mean, rstd };
        let parameters = train.then(|| (grads.weight.values_mut(), grads.bias.values_mut()));
        let run = |dx: Option<&mut [f32]>, cx: &Context<'_>| {
            nn_kernels::group_norm_backward(cx.team, &Self::OF, saved, dy, sums, dx, parameters, cx.accumulate);
        };
        match dx {
            Some(dx) => write(dx, &mut cx, |dx, cx| run(Some(dx), cx)),
            None => run(None, &cx),
        }
    }

    fn reset(&mut self, _: u64) {
        self.weight.values_mut().fill(1.0);
        self.bias.values_mut().fill(0.0);
    }
}
