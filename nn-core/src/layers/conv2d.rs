//! Convolutions over images and sequences.

use super::activation::{assert_valid, backward_through, is_identity};
use super::image::{channels_last, fits, room, sizes, write};
use super::{Activation, BatchNorm, Frame, Identity};
use crate::init::Init;
use crate::random::Random;
use crate::{
    Arena, Context, Layer, Layout, Memory, Path, Reads, Row, Sample, Saved, Shape, Size, Team, Tensor, parameters,
};
use core::marker::PhantomData;
use nn_kernels::{Conv, ConvEpilogue, ConvWeights, ReadyConv};

/// `y[o, r, c] = A(b[o] + Σ x[i, r·s − p + j·d, c·s − p + k·d] · W[o, i, j, k])`, the sum over input channels i and the positions
/// j, k of the kernel; what lies outside of the image counts as 0.
///
/// | | |
/// |---|---|
/// | takes | `I`: `[in, height, width]` |
/// | gives | `O`: `[out, ⌊(height + padding − (kh − 1)·d − 1) / s⌋ + 1, …]` |
/// | `weight` | `[out, in / groups, kh, kw]` |
/// | `bias` | `[out]`; absent where `BIAS` is false |
/// | PyTorch | `nn.Conv2d(in, out, (kh, kw), stride, padding, dilation, groups)`, then the activation |
///
/// `K` is the [`Window`](super::Window): kernel, stride s, padding p, dilation d. With `GROUPS`, the channels are cut into as many groups, and outputs of a
/// group see its inputs only; as many groups as channels make the convolution depthwise.
///
/// With dz = dy · A′, the gradients are dW = Σ x · dz over samples and positions, db = Σ dz, and dx, a convolution of dz with W backwards.
/// Initial weights and biases are uniform in ±1 / √(in / groups · kh · kw), as PyTorch's are ([`Init::linear`]).
///
/// Samples are `[[[f32; W]; H]; C]` or [`Hwc`](crate::Hwc); kernels want the latter, and copy the former.
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::{Conv2d, Relu, Window};
///
/// type Image<const C: usize, const H: usize, const W: usize> = [[[f32; W]; H]; C];
/// let mut layer = Conv2d::<Image<1, 2, 3>, Image<1, 2, 2>, Window<1, 2>, Relu>::new();
/// layer.weight.set(&[1.0, -1.0])?;
/// assert_eq!(*layer.predict(&[[[[3.0, 1.0, 2.0], [0.0, 5.0, 4.0]]]]), [[[[2.0, 0.0], [0.0, 1.0]]]]);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// A size that does not follow from the window is refused while the program is built:
///
/// ```compile_fail
/// use nn_core::layers::{Conv2d, Window};
/// let layer = Conv2d::<[[[f32; 9]; 9]; 1], [[[f32; 8]; 8]; 4], Window<3, 3>>::new();
/// ```
#[derive(Clone, Debug)]
pub struct Conv2d<I, O, K, A = Identity, const BIAS: bool = true, const GROUPS: usize = 1> {
    /// W, `[out, in / groups, kh, kw]`.
    pub weight: Tensor,
    /// b, `[out]`; empty where there is none.
    pub bias: Tensor,
    activation: A,
    inits: (Init, Init),
    ready: Option<Ready>,
    samples: PhantomData<fn(I, K) -> O>,
}

/// [`Conv2d`] over sequences, `[channels, length]`: `y[o, t] = A(b[o] + Σ x[i, t·s − p + k·d] · W[o, i, k])`.
///
/// `K` is a [`Window1d`](super::Window1d), and `weight` is `[out, in / groups, k]`. (PyTorch: `nn.Conv1d(in, out, k, stride, padding, dilation, groups)`)
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::{Conv1d, Window1d};
///
/// let mut layer = Conv1d::<[[f32; 4]; 1], [[f32; 3]; 1], Window1d<2>>::new();
/// layer.weight.set(&[-1.0, 1.0])?;
/// assert_eq!(*layer.predict(&[[[1.0, 2.0, 4.0, 3.0]]]), [[[1.0, 2.0, -1.0]]]);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub type Conv1d<I, O, K, A = Identity, const BIAS: bool = true, const GROUPS: usize = 1> =
    Conv2d<I, O, K, A, BIAS, GROUPS>;

/// What [`Layer::prepare`] makes.
#[derive(Clone, Debug)]
struct Ready {
    weights: ReadyConv,
    /// The bias and the activation, if a batch normalisation is part of the weights.
    folded: Option<(Vec<f32>, nn_kernels::Activation)>,
}

parameters! {
    impl[
        I: Sample<Element = f32>, O: Sample<Element = f32>, K: Frame, A: Activation, const BIAS: bool, const GROUPS: usize
    ] Conv2d<I, O, K, A, BIAS, GROUPS>,
    Conv2dGrads { weight, bias },
    biases { bias },
    count = Self::CONV.weight_len() + if BIAS { Self::CONV.output[2] } else { 0 },
    tensors = [("weight", Self::WEIGHT), ("bias", Self::BIASES)]
}

impl<I, O, K, A, const BIAS: bool, const GROUPS: usize> Conv2d<I, O, K, A, BIAS, GROUPS>
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
    K: Frame,
    A: Activation + Default,
{
    /// The layer with all parameters 0, and the activation with its default arguments. [`Layer::reset`] draws initial values.
    pub fn new() -> Self {
        Self::with(A::default())
    }
}

impl<I, O, K, A, const BIAS: bool, const GROUPS: usize> Default for Conv2d<I, O, K, A, BIAS, GROUPS>
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
    K: Frame,
    A: Activation + Default,
{
    fn default() -> Self {
        Self::new()
    }
}

impl<I, O, K, A, const BIAS: bool, const GROUPS: usize> Conv2d<I, O, K, A, BIAS, GROUPS>
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
    K: Frame,
    A: Activation,
{
    pub(crate) const WEIGHT: Shape = {
        let Conv { input, output, kernel, .. } = Self::CONV;
        match K::DIMENSIONS {
            1 => Shape::new(&[output[2], input[2] / GROUPS, kernel[1]]),
            _ => Shape::new(&[output[2], input[2] / GROUPS, kernel[0], kernel[1]]),
        }
    };
    const BIASES: Shape = Shape::new(&[if BIAS { Self::CONV.output[2] } else { 0 }]);
    pub(crate) const CONV: Conv = Conv {
        input: sizes::<I>(),
        output: sizes::<O>(),
        kernel: K::WINDOW.kernel,
        stride: K::WINDOW.stride,
        padding: [K::WINDOW.padding[0][0], K::WINDOW.padding[1][0]],
        dilation: K::WINDOW.dilation,
        groups: GROUPS,
    };
    /// Products for one output.
    const DEPTH: usize = Self::CONV.kernel[0] * Self::CONV.kernel[1] * Self::CONV.input[2] / GROUPS;
    const SHAPES: () = {
        assert!(
            I::SHAPE.rank() != 2 || K::DIMENSIONS == 1,
            "a convolution over sequences, `[channels, length]`, has a `Window1d`; one over images, `[channels, height, width]`, a `Window`"
        );
        assert!(fits::<I, O, K>(), "the height and width of the output are not what the window gives");
        assert!(
            GROUPS > 0 && sizes::<I>()[2].is_multiple_of(GROUPS) && sizes::<O>()[2].is_multiple_of(GROUPS),
            "the groups of a convolution divide its input channels and its output channels"
        );
    };

    /// The layer with all parameters 0, and an activation with the arguments that it has.
    ///
    /// # Panics
    /// If the arguments are none that the activation can have, such as a negative slope.
    pub fn with(activation: A) -> Self {
        let () = Self::SHAPES;
        assert_valid(&activation);
        let bound = 1.0 / (Self::DEPTH as f32).sqrt();
        Self {
            weight: Tensor::zeros(Self::WEIGHT, Layout::Convolution),
            bias: if BIAS { Tensor::filled(Self::BIASES, 0.0) } else { Tensor::absent() },
            activation,
            inits: (Init::linear(), Init::Uniform { low: -bound, high: bound }),
            ready: None,
            samples: PhantomData,
        }
    }

    /// The same layer with other initial values.
    #[must_use]
    pub fn initialized(self, weight: Init, bias: Init) -> Self {
        Self { inits: (weight, bias), ..self }
    }

    /// The activation.
    pub fn activation(&self) -> &A {
        &self.activation
    }

    /// y = A(x ∗ W + b), with x ∗ W + b to `z` where that is asked for.
    fn convolve(&self, x: &[I], y: &mut [O], z: Option<&mut [O]>, mut cx: Context<'_>) {
        let kernel = self.activation.kernel();
        let x = channels_last(x, &mut cx);
        let bias = BIAS.then(|| self.bias.values());
        let run = |y: &mut [f32], z: Option<&mut [f32]>, cx: &mut Context<'_>| {
            let epilogue = ConvEpilogue { bias, activation: kernel.unwrap_or_default(), preactivation: z };
            match &self.ready {
                Some(Ready { weights, folded: None }) => {
                    nn_kernels::conv_forward_ready(cx.team, &Self::CONV, x, weights, epilogue, y);
                }
                _ => nn_kernels::conv_forward(cx.team, &Self::CONV, x, self.weight.values(), epilogue, y),
            }
        };
        write(y, &mut cx, |y, cx| match z {
            Some(z) => write(z, cx, |z, cx| run(y, Some(z), cx)),
            None => run(y, None, cx),
        });
        if kernel.is_none() {
            self.activation.forward_inplace(cx.team, O::flat_mut(y));
        }
    }

    /// y = the largest of each 2 × 2 of A(x ∗ W + b), channels-last on both sides, with ReLU or nothing as A.
    pub(super) fn pooled(
        &self,
        team: &Team,
        x: &[f32],
        finish: (Option<&[f32]>, bool),
        y: &mut [f32],
        picks: Option<&mut [f32]>,
    ) {
        let weights = match &self.ready {
            Some(Ready { weights, folded: None }) => ConvWeights::Ready(weights),
            _ => ConvWeights::Plain(self.weight.values()),
        };
        nn_kernels::conv_pool(team, &Self::CONV, x, weights, finish, y, picks);
    }

    /// Makes weights of which the batch normalisation behind this layer is a part, as it is in evaluation:
    /// W · γ / √(variance + ε) and (b − mean) · γ / √(variance + ε) + β. [`Conv2d::forward_folded`] computes with them; the layer's own
    /// stay. Does nothing where there is an activation between the two, or one behind them that has no kernel.
    pub fn fold<const RANK: usize, B: Activation>(&mut self, norm: &BatchNorm<O, RANK, B>) {
        let (true, Some(activation)) = (is_identity(&self.activation), norm.activation().kernel()) else { return };
        let (factor, shift) = norm.line();
        let mut weight = self.weight.values().to_vec();
        for row in weight.chunks_exact_mut(factor.len()) {
            row.iter_mut().zip(&factor).for_each(|(weight, factor)| *weight *= factor);
        }
        let bias =
            (0..factor.len()).map(|o| if BIAS { self.bias.values()[o] * factor[o] + shift[o] } else { shift[o] });
        let folded = Some((bias.collect(), activation));
        self.ready = Some(Ready { weights: ReadyConv::new(Self::CONV, &weight), folded });
    }

    /// Whether [`Conv2d::fold`] has been done.
    pub fn is_folded(&self) -> bool {
        matches!(self.ready, Some(Ready { folded: Some(_), .. }))
    }

    /// The output of the batch normalisation behind this layer, in evaluation.
    ///
    /// # Panics
    /// If [`Conv2d::fold`] has not been done.
    pub fn forward_folded(&self, x: &[I], y: &mut [O], mut cx: Context<'_>) {
        let Some(Ready { weights, folded: Some((bias, activation)) }) = &self.ready else {
            panic!("the batch normalisation has not been folded into this convolution: `fold` does that")
        };
        let x = channels_last(x, &mut cx);
        write(y, &mut cx, |y, cx| {
            let epilogue = ConvEpilogue { bias: Some(bias), activation: *activation, preactivation: None };
            nn_kernels::conv_forward_ready(cx.team, &Self::CONV, x, weights, epilogue, y);
        });
    }
}

impl<I, O, K, A, const BIAS: bool, const GROUPS: usize> Layer for Conv2d<I, O, K, A, BIAS, GROUPS>
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
    K: Frame,
    A: Activation,
{
    type In = I;
    type Out = O;
    type Gives = A::Gives;
    const KIND: &'static str = if K::DIMENSIONS == 1 { "Conv1d" } else { "Conv2d" };
    const MEMORY: Memory = {
        let copies = room::<I>().plus(room::<O>());
        let kernels = Size::fixed(Self::CONV.weights_scratch()).plus(Size::fixed(Self::CONV.input_scratch()));
        Memory {
            tape: Size::per_sample(if A::READS.x { O::LEN } else { 0 }),
            forward: copies,
            train: copies.plus(if A::READS.x { room::<O>() } else { Size::NONE }).plus(room::<I>()).plus(kernels),
        }
    };
    const READS: Reads = Reads { x: true, y: A::READS.y };
    const FLOPS: u64 = (2 * Self::DEPTH as u64 + BIAS as u64 + A::FLOPS) * O::LEN as u64;
    const BACKWARD_FLOPS: u64 = (4 * Self::DEPTH as u64 + BIAS as u64 + A::FLOPS) * O::LEN as u64;

    fn reads(train: bool, _: bool) -> Reads {
        Reads { x: train, ..Self::READS }
    }

    fn forward(&self, x: &[I], y: &mut [O], cx: Context<'_>) {
        self.convolve(x, y, None, cx);
    }

    fn forward_train(&self, x: &[I], y: &mut [O], mut tape: Arena<'_>, _: bool, cx: Context<'_>) {
        let z = A::READS.x.then(|| tape.samples(x.len()));
        self.convolve(x, y, z, cx);
    }

    fn backward(
        &self,
        mut saved: Saved<'_, Self>,
        dy: &mut [O],
        grads: &mut Conv2dGrads,
        train: bool,
        dx: Option<&mut [I]>,
        mut cx: Context<'_>,
    ) {
        if !train && dx.is_none() {
            return;
        }
        // dz = dy · A′, in place.
        backward_through(&self.activation, cx.team, &mut saved.tape, saved.y, dy);
        let dz = channels_last(dy, &mut cx);
        if train && !grads.weight.is_empty() {
            let x = channels_last(saved.x, &mut cx);
            let (dw, scratch) = (grads.weight.values_mut(), cx.floats(Self::CONV.weights_scratch()));
            nn_kernels::conv_backward_weights(cx.team, &Self::CONV, x, dz, dw, scratch, cx.accumulate);
        }
        if train && BIAS {
            nn_kernels::column_sums(cx.team, dz, grads.bias.values_mut(), cx.accumulate);
        }
        if let Some(dx) = dx {
            write(dx, &mut cx, |dx, cx| {
                let scratch = cx.floats(Self::CONV.input_scratch());
                nn_kernels::conv_backward_input(cx.team, &Self::CONV, dz, self.weight.values(), scratch, dx);
            });
        }
    }

    fn rows(path: &Path<'_>, each: &mut dyn FnMut(Row)) {
        each(Row { groups: GROUPS, ..Row::of::<Self>(path).followed_by::<A>() });
    }

    fn prepare(&mut self) {
        if self.ready.is_none() && Self::CONV.is_winograd() {
            self.ready = Some(Ready { weights: ReadyConv::new(Self::CONV, self.weight.values()), folded: None });
        }
    }

    fn reset(&mut self, key: u64) {
        self.inits.0.fill(&mut self.weight, &mut Random::new(key, "weight"));
        if BIAS {
            self.inits.1.fill(&mut self.bias, &mut Random::new(key, "bias"));
        }
    }
}
