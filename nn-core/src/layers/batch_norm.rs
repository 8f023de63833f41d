//! Normalisation by the statistics of the batch.

use super::activation::{assert_valid, backward_through, is_identity};
use super::copy::copy;
use super::image::{channels_last, room, write};
use super::{Activation, Identity};
use crate::{Arena, Context, Layer, Memory, Reads, Sample, Saved, Shape, Size, Tape, Tensor, parameters};
use core::marker::PhantomData;
use nn_kernels::BatchNormSaved;

/// y = A((x − mean) / √(variance + ε) · γ + β), each feature with its mean and variance over the batch, or each channel
/// of an image over the batch and all positions; in evaluation with running averages of those. Its names are [`BatchNorm1d`] and [`BatchNorm2d`].
///
/// | | |
/// |---|---|
/// | takes, gives | `[features]`, or `[features, height, width]`; the same |
/// | `weight` | γ: `[features]` |
/// | `bias` | β: `[features]` |
/// | `running_mean`, `running_var` | `[features]`; saved, not trained |
/// | PyTorch | `nn.BatchNorm1d(features)`, `nn.BatchNorm2d(features)`, then the activation |
///
/// (Ioffe and Szegedy, 2015) With x̂ = (x − mean) / √(variance + ε) and n samples (times positions), the gradients are dγ = Σ dy · x̂, dβ = Σ dy and
/// dx = γ / √(variance + ε) · (dy − dβ / n − x̂ · dγ / n).
///
/// The batch is normalised by its biased variance. After a step, [`Layer::commit`] moves the running averages towards the batch's mean
/// and unbiased variance: running += momentum · (batch − running). A single value, which has no variance, gives β and
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
pub struct BatchNorm<S, const RANK: usize, A = Identity> {
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
    activation: A,
    sample: PhantomData<fn(S)>,
}

parameters! {
    impl[S: Sample<Element = f32>, const RANK: usize, A: Activation] BatchNorm<S, RANK, A>,
    BatchNormGrads { weight, bias },
    buffers { running_mean, running_var },
    biases { bias },
    norm = true,
    count = 2 * Self::FEATURES,
    tensors = [
        ("weight", Self::VECTOR), ("bias", Self::VECTOR), ("running_mean", Self::VECTOR), ("running_var", Self::VECTOR)
    ]
}

/// [`BatchNorm`] of vectors, `[features]`, or of sequences, `[channels, length]`: every channel over the batch and all positions.
pub type BatchNorm1d<S, A = Identity> = BatchNorm<S, 1, A>;

/// [`BatchNorm`] of images, `[channels, height, width]`: every channel over the batch and all positions.
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::BatchNorm2d;
///
/// let mut layer = BatchNorm2d::<[[[f32; 2]; 1]; 2]>::new().eps(0.0);
/// layer.running_mean.set(&[1.0, 2.0])?;
/// layer.running_var.set(&[4.0, 1.0])?;
/// assert_eq!(*layer.predict(&[[[[3.0, 5.0]], [[2.0, 1.0]]]]), [[[[1.0, 2.0]], [[0.0, -1.0]]]]);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub type BatchNorm2d<S, A = Identity> = BatchNorm<S, 3, A>;

impl<S: Sample<Element = f32>, const RANK: usize, A: Activation> BatchNorm<S, RANK, A> {
    const FEATURES: usize = S::SHAPE.dims()[0];
    const VECTOR: Shape = Shape::new(&[Self::FEATURES]);
    /// Values of a feature in one sample.
    const POSITIONS: usize = S::LEN / Self::FEATURES;
    /// What the activation is applied to, if its derivative looks at it.
    const Z: Size = Size::per_sample(if A::READS.x { S::LEN } else { 0 });
    const SHAPES: () = {
        assert!(
            RANK != 1 || S::SHAPE.rank() <= 2,
            "a one-dimensional batch normalisation takes vectors, `[features]`, or sequences, `[channels, length]`"
        );
        assert!(
            RANK == 1 || S::SHAPE.rank() == RANK,
            "a two-dimensional batch normalisation takes images, `[channels, height, width]`"
        );
        assert!(RANK == 1 || RANK == 3, "batch normalisation is of vectors (1) or images (3)");
        assert!(S::LEN > 0, "a batch normalisation takes at least one feature");
    };

    /// The layer with ε = 1e-5 and momentum 0.1, and the activation with its default arguments.
    pub fn new() -> Self
    where
        A: Default,
    {
        Self::with(A::default())
    }

    /// The same with an activation with the arguments that it has.
    ///
    /// # Panics
    /// If the arguments are none that the activation can have, such as a negative slope.
    pub fn with(activation: A) -> Self {
        let () = Self::SHAPES;
        assert_valid(&activation);
        let [zeros, ones] = [0.0, 1.0].map(|value| Tensor::filled(Self::VECTOR, value));
        Self {
            weight: ones.clone(),
            bias: zeros.clone(),
            running_mean: zeros,
            running_var: ones,
            eps: 1e-5,
            momentum: 0.1,
            activation,
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

    fn by_running_averages(&self, x: &[f32], y: &mut [f32], cx: &Context<'_>) {
        let (mean, variance) = (self.running_mean.values(), self.running_var.values());
        let (gamma, beta) = (self.weight.values(), self.bias.values());
        nn_kernels::batch_norm_eval(cx.team, x, gamma, beta, mean, variance, self.eps, self.is_relu(), y);
    }

    /// 1 / √(variance + ε) of the running averages.
    fn rstd(&self, to: &mut [f32]) {
        let variances = self.running_var.values();
        to.iter_mut().zip(variances).for_each(|(rstd, variance)| *rstd = 1.0 / (*variance + self.eps).sqrt());
    }

    /// The activation.
    pub fn activation(&self) -> &A {
        &self.activation
    }

    /// The line that each feature goes through in evaluation: factor γ / √(variance + ε) and shift β − mean · factor.
    pub(super) fn line(&self) -> (Vec<f32>, Vec<f32>) {
        let variances = self.running_var.values().iter().zip(self.weight.values());
        let factor: Vec<f32> = variances.map(|(variance, gamma)| gamma / (variance + self.eps).sqrt()).collect();
        let means = self.running_mean.values().iter().zip(self.bias.values());
        let shift = means.zip(&factor).map(|((mean, beta), factor)| beta - mean * factor).collect();
        (factor, shift)
    }

    /// Whether the kernels compute the activation themselves, and its derivative from x.
    fn is_relu(&self) -> bool {
        matches!(self.activation.kernel(), Some(nn_kernels::Activation::Relu))
    }

    /// y = A(y), with y before to `z` where that is asked for.
    fn activate(&self, y: &mut [S], z: Option<&mut [S]>, cx: &Context<'_>) {
        if let Some(z) = z {
            copy(cx.team, S::flat(y), S::flat_mut(z));
        }
        if !self.is_relu() && !is_identity(&self.activation) {
            self.activation.forward_inplace(cx.team, S::flat_mut(y));
        }
    }
}

impl<S: Sample<Element = f32>, const RANK: usize, A: Activation + Default> Default for BatchNorm<S, RANK, A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Sample<Element = f32>, const RANK: usize, A: Activation> Layer for BatchNorm<S, RANK, A> {
    type In = S;
    type Out = S;
    type Gives = A::Gives;
    const KIND: &'static str = if RANK == 1 { "BatchNorm1d" } else { "BatchNorm2d" };
    /// The tape holds what the activation is applied to if its derivative looks at it, and where the layer learns, the mean,
    /// 1 / √(variance + ε) and the variance.
    const MEMORY: Memory = Memory {
        tape: Self::Z.plus(Size::fixed(Self::FEATURES).times(3)),
        forward: room::<S>().times(2),
        train: room::<S>().times(3).plus(Size::fixed(Self::FEATURES)),
    };
    const IDLE_TAPE: Size = Self::Z;
    const READS: Reads = Reads { x: true, y: A::READS.y };
    // Mean 1, variance 3, x̂ 2, γ and β 2.
    const FLOPS: u64 = (8 + A::FLOPS) * S::LEN as u64;

    fn tape(train: bool, _: bool) -> Size {
        if train { Self::MEMORY.tape } else { Self::Z }
    }

    /// Frozen, it is a line for each feature, whose slope does not depend on x; the mask of a ReLU is in y then.
    fn reads(train: bool, _: bool) -> Reads {
        Reads { x: train, ..Self::READS }
    }

    fn forward(&self, x: &[S], y: &mut [S], mut cx: Context<'_>) {
        let x = channels_last(x, &mut cx);
        write(y, &mut cx, |y, cx| self.by_running_averages(x, y, cx));
        self.activate(y, None, &cx);
    }

    fn forward_train(&self, x: &[S], y: &mut [S], mut tape: Arena<'_>, train: bool, mut cx: Context<'_>) {
        let z = A::READS.x.then(|| tape.samples(x.len()));
        let x = channels_last(x, &mut cx);
        if !train {
            write(y, &mut cx, |y, cx| self.by_running_averages(x, y, cx));
            return self.activate(y, z, &cx);
        }
        let [mean, rstd, variance] = [(); 3].map(|()| tape.floats(Self::FEATURES));
        if cx.training {
            let (gamma, beta) = (self.weight.values(), self.bias.values());
            write(y, &mut cx, |y, cx| {
                let relu = self.is_relu();
                nn_kernels::batch_norm(cx.team, x, gamma, beta, self.eps, relu, y, mean, rstd, variance);
            });
            return self.activate(y, z, &cx);
        }
        write(y, &mut cx, |y, cx| self.by_running_averages(x, y, cx));
        self.activate(y, z, &cx);
        mean.copy_from_slice(self.running_mean.values());
        variance.copy_from_slice(self.running_var.values());
        self.rstd(rstd);
    }

    fn backward(
        &self,
        mut saved: Saved<'_, Self>,
        dy: &mut [S],
        grads: &mut BatchNormGrads,
        train: bool,
        dx: Option<&mut [S]>,
        mut cx: Context<'_>,
    ) {
        if !train && dx.is_none() {
            return;
        }
        // dy · A′, in place, unless the kernels do that.
        let masks = train && self.is_relu();
        if !masks {
            backward_through(&self.activation, cx.team, &mut saved.tape, saved.y, dy);
        }
        let relu = masks.then(|| self.bias.values());
        let dy = channels_last(dy, &mut cx);
        let (x, mean, rstd) = if train {
            let [mean, rstd] = [(); 2].map(|()| saved.tape.floats(Self::FEATURES));
            (channels_last(saved.x, &mut cx), mean, rstd)
        } else {
            let rstd = cx.floats(Self::FEATURES);
            self.rstd(rstd);
            // Of what is frozen and has no activation the kernels do not look at x; dy is as long. With Relu they multiply it by 0.
            (dy, self.running_mean.values(), &*rstd)
        };
        let frozen = !(train && cx.training);
        let saved = BatchNormSaved { x, gamma: self.weight.values(), mean, rstd, frozen, relu };
        let parameters = train.then(|| (grads.weight.values_mut(), grads.bias.values_mut()));
        let Some(dx) = dx else {
            return nn_kernels::batch_norm_backward(cx.team, saved, dy, None, parameters, cx.accumulate);
        };
        write(dx, &mut cx, |dx, cx| {
            nn_kernels::batch_norm_backward(cx.team, saved, dy, Some(dx), parameters, cx.accumulate);
        });
    }

    fn commit(&mut self, mut tape: Tape<'_>, n: usize, train: bool) {
        let n = n * Self::POSITIONS;
        if !train || n < 2 {
            return;
        }
        let momentum = tape.momentum().unwrap_or(self.momentum);
        let _z = tape.floats(if A::READS.x { n / Self::POSITIONS * S::LEN } else { 0 });
        let [mean, _, variance] = [(); 3].map(|()| tape.floats(Self::FEATURES));
        let (running_mean, running_var) = (self.running_mean.values_mut(), self.running_var.values_mut());
        nn_kernels::batch_norm_update_running(running_mean, running_var, mean, variance, n, momentum);
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
