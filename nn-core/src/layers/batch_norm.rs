//! Normalisation by the statistics of the batch.

use crate::{Arena, Context, Layer, Memory, Reads, Sample, Saved, Scores, Shape, Size, Tape, Tensor, parameters};
use core::marker::PhantomData;
use nn_kernels::BatchNormSaved;

/// y = (x − mean) / √(variance + ε) · γ + β, each feature with its mean and variance over the batch; in evaluation with running
/// averages of those.
///
/// | | |
/// |---|---|
/// | takes, gives | `[features]`, the same |
/// | `weight` | γ: `[features]` |
/// | `bias` | β: `[features]` |
/// | `running_mean`, `running_var` | `[features]`; saved, not trained |
/// | PyTorch | `nn.BatchNorm1d(features)` |
///
/// (Ioffe and Szegedy, 2015) With x̂ = (x − mean) / √(variance + ε) and n samples, the gradients are dγ = Σ dy · x̂, dβ = Σ dy and
/// dx = γ / √(variance + ε) · (dy − dβ / n − x̂ · dγ / n).
///
/// The batch is normalised by its biased variance. After a step, [`Layer::commit`] moves the running averages towards the batch's mean
/// and unbiased variance: running += momentum · (batch − running). A batch of one sample, which has no variance, gives β and
/// moves nothing.
///
/// A layer that does not train behaves as in evaluation: its running averages are used and not moved, and no gradient flows through
/// them. γ and the running variance start at 1, β and the running mean at 0.
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::BatchNorm1d;
///
/// let mut layer = BatchNorm1d::<[f32; 2]>::new().eps(0.0);
/// layer.running_mean.set(&[1.0, 2.0])?;
/// layer.running_var.set(&[4.0, 1.0])?;
/// assert_eq!(*layer.predict(&[[3.0, 5.0]]), [[1.0, 3.0]]);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BatchNorm1d<S> {
    /// γ, `[features]`.
    pub weight: Tensor,
    /// β, `[features]`.
    pub bias: Tensor,
    /// The running average of the mean, `[features]`.
    pub running_mean: Tensor,
    /// The running average of the variance, `[features]`.
    pub running_var: Tensor,
    eps: f32,
    momentum: f32,
    sample: PhantomData<fn(S)>,
}

parameters! {
    impl[S: Sample<Element = f32>] BatchNorm1d<S>,
    BatchNorm1dGrads { weight, bias },
    buffers { running_mean, running_var },
    count = 2 * S::LEN
}

impl<S: Sample<Element = f32>> BatchNorm1d<S> {
    const SHAPES: () =
        assert!(S::SHAPE.rank() == 1, "a one-dimensional batch normalisation takes vectors, `[features]`");

    /// The layer with ε = 1e-5 and momentum 0.1.
    pub fn new() -> Self {
        let () = Self::SHAPES;
        let [zeros, ones] = [0.0, 1.0].map(|value| Tensor::filled(Shape::new(&[S::LEN]), value));
        Self {
            weight: ones.clone(),
            bias: zeros.clone(),
            running_mean: zeros,
            running_var: ones,
            eps: 1e-5,
            momentum: 0.1,
            sample: PhantomData,
        }
    }

    /// The same with another ε, which keeps the divisor from 0.
    #[must_use]
    pub fn eps(self, eps: f32) -> Self {
        Self { eps, ..self }
    }

    /// The same with another momentum: the share of a batch in the running averages. (Keras' momentum is 1 minus this one.)
    #[must_use]
    pub fn momentum(self, momentum: f32) -> Self {
        Self { momentum, ..self }
    }

    fn by_running_averages(&self, x: &[S], y: &mut [S], cx: &Context<'_>) {
        let (mean, variance) = (self.running_mean.values(), self.running_var.values());
        let (gamma, beta) = (self.weight.values(), self.bias.values());
        nn_kernels::batch_norm_eval(cx.team, S::flat(x), gamma, beta, mean, variance, self.eps, S::flat_mut(y));
    }
}

impl<S: Sample<Element = f32>> Default for BatchNorm1d<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Sample<Element = f32>> Layer for BatchNorm1d<S> {
    type In = S;
    type Out = S;
    type Gives = Scores;
    const KIND: &'static str = "BatchNorm1d";
    /// The tape holds the mean, 1 / √(variance + ε) and the variance.
    const MEMORY: Memory = Memory { tape: Size::fixed(S::LEN).times(3), ..Memory::NONE };
    const READS: Reads = Reads::INPUT;
    // Mean 1, variance 3, x̂ 2, γ and β 2.
    const FLOPS: u64 = 8 * S::LEN as u64;

    fn forward(&self, x: &[S], y: &mut [S], cx: Context<'_>) {
        self.by_running_averages(x, y, &cx);
    }

    fn forward_train(&self, x: &[S], y: &mut [S], mut tape: Arena<'_>, train: bool, cx: Context<'_>) {
        let [mean, rstd, variance] = [(); 3].map(|()| tape.floats(S::LEN));
        if train && cx.training {
            let (gamma, beta) = (self.weight.values(), self.bias.values());
            let (x, y) = (S::flat(x), S::flat_mut(y));
            return nn_kernels::batch_norm(cx.team, x, gamma, beta, self.eps, y, mean, rstd, variance);
        }
        self.by_running_averages(x, y, &cx);
        mean.copy_from_slice(self.running_mean.values());
        variance.copy_from_slice(self.running_var.values());
        rstd.iter_mut().zip(variance).for_each(|(rstd, variance)| *rstd = 1.0 / (*variance + self.eps).sqrt());
    }

    fn backward(
        &self,
        mut saved: Saved<'_, Self>,
        dy: &mut [S],
        grads: &mut BatchNorm1dGrads,
        train: bool,
        dx: Option<&mut [S]>,
        cx: Context<'_>,
    ) {
        let [mean, rstd] = [(); 2].map(|()| saved.tape.floats(S::LEN));
        let frozen = !(train && cx.training);
        let saved = BatchNormSaved { x: S::flat(saved.x), gamma: self.weight.values(), mean, rstd, frozen };
        let parameters = train.then(|| (grads.weight.values_mut(), grads.bias.values_mut()));
        nn_kernels::batch_norm_backward(cx.team, saved, S::flat(dy), dx.map(S::flat_mut), parameters, cx.accumulate);
    }

    fn commit(&mut self, mut tape: Tape<'_>, n: usize, train: bool) {
        if !train || n < 2 {
            return;
        }
        let [mean, _, variance] = [(); 3].map(|()| tape.floats(S::LEN));
        let (running_mean, running_var) = (self.running_mean.values_mut(), self.running_var.values_mut());
        nn_kernels::batch_norm_update_running(running_mean, running_var, mean, variance, n, self.momentum);
    }

    fn reset(&mut self, _: u64) {
        for (tensor, value) in [
            (&mut self.weight, 1.0),
            (&mut self.bias, 0.0),
            (&mut self.running_mean, 0.0),
            (&mut self.running_var, 1.0),
        ] {
            tensor.values_mut().fill(value);
        }
    }
}
