//! The transposed convolution, which makes images larger.

use super::activation::{assert_valid, backward_through};
use super::image::{channels_last, fits, room, sizes, write};
use super::{Activation, Frame, Identity};
use crate::init::Init;
use crate::random::Random;
use crate::{Arena, Context, Layer, Layout, Memory, Path, Reads, Row, Sample, Saved, Shape, Size, Tensor, parameters};
use core::marker::PhantomData;
use nn_kernels::{Conv, ConvEpilogue};

/// `y[o, r·s − p + j·d, c·s − p + k·d] = A(b[o] + Σ x[i, r, c] · W[i, o, j, k])`: every pixel of the input puts the kernel, times its value, onto the
/// output, s rows and columns apart. What falls into the padding is left out.
///
/// | | |
/// |---|---|
/// | takes | `I`: `[in, height, width]` |
/// | gives | `O`: `[out, (height − 1)·s + (kh − 1)·d + 1 − padding + extra, …]`, with 0 ≤ extra < s |
/// | `weight` | `[in, out / groups, kh, kw]` |
/// | `bias` | `[out]`; absent where `BIAS` is false |
/// | PyTorch | `nn.ConvTranspose2d(in, out, (kh, kw), stride, padding, output_padding, groups, dilation=dilation)`, then the activation |
///
/// It is the gradient of the input of a [`Conv2d`](super::Conv2d) that takes `O` and gives `I` with the window `K`, of which several sizes of `O` give the same `I`
/// where the stride is more than 1: PyTorch's `output_padding` is what `O` has more than the least. The gradients are those convolutions: dx is dz
/// convolved with W, dW = Σ dz · x and db = Σ dz, where dz = dy · A′. Initial values are uniform in ±1 / √(out / groups · kh · kw), as PyTorch's are.
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::{ConvTranspose2d, Window};
///
/// let mut layer = ConvTranspose2d::<[[[f32; 2]; 1]; 1], [[[f32; 4]; 1]; 1], Window<1, 2, 1, 2>>::new();
/// layer.weight.set(&[1.0, 0.5])?;
/// assert_eq!(*layer.predict(&[[[[2.0, 6.0]]]]), [[[[2.0, 1.0, 6.0, 3.0]]]]);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// A size that does not follow from the window is refused while the program is built:
///
/// ```compile_fail
/// use nn_core::layers::{ConvTranspose2d, Window};
/// let layer = ConvTranspose2d::<[[[f32; 2]; 1]; 1], [[[f32; 7]; 1]; 1], Window<1, 2, 1, 2>>::new();
/// ```
#[derive(Clone, Debug)]
pub struct ConvTranspose2d<I, O, K, A = Identity, const BIAS: bool = true, const GROUPS: usize = 1> {
    /// W, `[in, out / groups, kh, kw]`.
    pub weight: Tensor,
    /// b, `[out]`; empty where there is none.
    pub bias: Tensor,
    activation: A,
    inits: (Init, Init),
    samples: PhantomData<fn(I, K) -> O>,
}

parameters! {
    impl[
        I: Sample<Element = f32>, O: Sample<Element = f32>, K: Frame, A: Activation, const BIAS: bool, const GROUPS: usize
    ] ConvTranspose2d<I, O, K, A, BIAS, GROUPS>,
    ConvTranspose2dGrads { weight, bias },
    biases { bias },
    count = Self::CONV.weight_len() + if BIAS { Self::CONV.input[2] } else { 0 },
    tensors = [("weight", Self::WEIGHT), ("bias", Self::BIASES)]
}

impl<I, O, K, A, const BIAS: bool, const GROUPS: usize> ConvTranspose2d<I, O, K, A, BIAS, GROUPS>
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

impl<I, O, K, A, const BIAS: bool, const GROUPS: usize> Default for ConvTranspose2d<I, O, K, A, BIAS, GROUPS>
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

impl<I, O, K, A, const BIAS: bool, const GROUPS: usize> ConvTranspose2d<I, O, K, A, BIAS, GROUPS>
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
    K: Frame,
    A: Activation,
{
    /// The convolution whose gradient this is: from what this layer gives to what it takes.
    const WEIGHT: Shape = {
        let Conv { input, output, kernel, .. } = Self::CONV;
        Shape::new(&[output[2], input[2] / GROUPS, kernel[0], kernel[1]])
    };
    const BIASES: Shape = Shape::new(&[if BIAS { Self::CONV.input[2] } else { 0 }]);
    const CONV: Conv = Conv {
        input: sizes::<O>(),
        output: sizes::<I>(),
        kernel: K::WINDOW.kernel,
        stride: K::WINDOW.stride,
        padding: [K::WINDOW.padding[0][0], K::WINDOW.padding[1][0]],
        dilation: K::WINDOW.dilation,
        groups: GROUPS,
    };
    /// Products for one input.
    const DEPTH: usize = Self::CONV.kernel[0] * Self::CONV.kernel[1] * Self::CONV.input[2] / GROUPS;
    const SHAPES: () = {
        assert!(fits::<O, I, K>(), "the height and width of the output are not what the window gives");
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

    /// What the activation is applied to.
    fn transposed(&self, x: &[I], y: &mut [O], cx: &mut Context<'_>) {
        let x = channels_last(x, cx);
        let (weight, bias) = (self.weight.values(), BIAS.then(|| self.bias.values()));
        write(y, cx, |y, cx| {
            let scratch = cx.floats(Self::CONV.input_scratch());
            nn_kernels::conv_transposed(cx.team, &Self::CONV, x, weight, bias, scratch, y);
        });
    }
}

impl<I, O, K, A, const BIAS: bool, const GROUPS: usize> Layer for ConvTranspose2d<I, O, K, A, BIAS, GROUPS>
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
    K: Frame,
    A: Activation,
{
    type In = I;
    type Out = O;
    type Gives = A::Gives;
    const KIND: &'static str = "ConvTranspose2d";
    const MEMORY: Memory = {
        let copies = room::<I>().plus(room::<O>());
        let weight = Size::fixed(Self::CONV.input_scratch());
        Memory {
            tape: Size::per_sample(if A::READS.x { O::LEN } else { 0 }),
            forward: copies.plus(weight),
            train: copies.plus(room::<I>()).plus(weight.or(Size::fixed(Self::CONV.weights_scratch()))),
        }
    };
    const READS: Reads = Reads { x: true, y: A::READS.y };
    const FLOPS: u64 = 2 * Self::DEPTH as u64 * I::LEN as u64 + (BIAS as u64 + A::FLOPS) * O::LEN as u64;
    const BACKWARD_FLOPS: u64 = 4 * Self::DEPTH as u64 * I::LEN as u64 + (BIAS as u64 + A::FLOPS) * O::LEN as u64;

    fn reads(train: bool, _: bool) -> Reads {
        Reads { x: train, ..Self::READS }
    }

    fn forward(&self, x: &[I], y: &mut [O], mut cx: Context<'_>) {
        self.transposed(x, y, &mut cx);
        self.activation.forward_inplace(cx.team, O::flat_mut(y));
    }

    fn forward_train(&self, x: &[I], y: &mut [O], mut tape: Arena<'_>, _: bool, mut cx: Context<'_>) {
        self.transposed(x, y, &mut cx);
        if A::READS.x {
            O::flat_mut(tape.samples::<O>(x.len())).copy_from_slice(O::flat(y));
        }
        self.activation.forward_inplace(cx.team, O::flat_mut(y));
    }

    fn backward(
        &self,
        mut saved: Saved<'_, Self>,
        dy: &mut [O],
        grads: &mut ConvTranspose2dGrads,
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
            nn_kernels::conv_backward_weights(cx.team, &Self::CONV, dz, x, dw, scratch, cx.accumulate);
        }
        if train && BIAS {
            nn_kernels::column_sums(cx.team, dz, grads.bias.values_mut(), cx.accumulate);
        }
        if let Some(dx) = dx {
            let weight = self.weight.values();
            write(dx, &mut cx, |dx, cx| {
                nn_kernels::conv_forward(cx.team, &Self::CONV, dz, weight, ConvEpilogue::default(), dx);
            });
        }
    }

    fn rows(path: &Path<'_>, each: &mut dyn FnMut(Row)) {
        each(Row::of::<Self>(path).followed_by::<A>());
    }

    fn reset(&mut self, key: u64) {
        self.inits.0.fill(&mut self.weight, &mut Random::new(key, "weight"));
        if BIAS {
            self.inits.1.fill(&mut self.bias, &mut Random::new(key, "bias"));
        }
    }
}
