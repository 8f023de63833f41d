//! The fully connected layer.

use super::activation::{assert_valid, backward_through};
use super::{Activation, Identity};
use crate::init::Init;
use crate::random::Random;
use crate::{Arena, Context, Layer, Layout, Memory, Path, Reads, Row, Sample, Saved, Shape, Size, Tensor, parameters};
use core::marker::PhantomData;
use nn_kernels::{Epilogue, LinearGradients, Mat, MatMut, PackedB};

/// y = A(x · Wᵀ + b), over the last dimension.
///
/// | | |
/// |---|---|
/// | takes | `I`: `[inputs]`, or `[…, inputs]`, where each position is treated alike |
/// | gives | `O`: `[outputs]`, or `[…, outputs]` |
/// | `weight` | `[outputs, inputs]` |
/// | `bias` | `[outputs]`; absent where `BIAS` is false |
/// | PyTorch | `nn.Linear(inputs, outputs)`, then the activation |
///
/// With z = x · Wᵀ + b and dz = dy · A′(z), the gradients are dW = dzᵀ · x, db = Σ dz (over samples and positions) and dx = dz · W.
/// The activation is applied while the product is in registers, and its derivative reads y where that suffices (ReLU, sigmoid, tanh, …);
/// only for the others (GELU, SiLU, …) is z kept in training.
///
/// Initial weights and biases are uniform in ±1 / √inputs, as PyTorch's are ([`Init::linear`]).
///
/// ```
/// use nn_core::layers::{Dense, Relu};
/// use nn_core::{Context, Layer, Team};
///
/// let mut layer = Dense::<[f32; 3], [f32; 2], Relu>::new();
/// layer.weight.set(&[1.0, 2.0, 3.0, -1.0, -2.0, -3.0])?;
/// layer.bias.set(&[0.5, 0.5])?;
/// let mut y = [[0.0; 2]];
/// layer.forward(&[[1.0, 1.0, 1.0]], &mut y, Context::new(&Team::new(1), 0, 0, false, &mut []));
/// assert_eq!(y, [[6.5, 0.0]]);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// Samples of more than one dimension must agree in all but the last:
///
/// ```compile_fail
/// let layer = nn_core::layers::Dense::<[[f32; 8]; 3], [[f32; 8]; 4]>::new();
/// ```
#[derive(Clone, Debug)]
pub struct Dense<I, O, A = Identity, const BIAS: bool = true> {
    /// W, `[outputs, inputs]`.
    pub weight: Tensor,
    /// b, `[outputs]`; empty where there is none.
    pub bias: Tensor,
    activation: A,
    inits: (Init, Init),
    packed: Option<PackedB>,
    samples: PhantomData<fn(I) -> O>,
}

parameters! {
    impl[I: Sample<Element = f32>, O: Sample<Element = f32>, A: Activation, const BIAS: bool] Dense<I, O, A, BIAS>,
    DenseGrads { weight, bias },
    biases { bias },
    count = Self::OUTPUTS * (Self::INPUTS + BIAS as usize),
    tensors = [("weight", Self::WEIGHT), ("bias", Self::BIASES)]
}

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, A: Activation + Default, const BIAS: bool>
    Dense<I, O, A, BIAS>
{
    /// The layer with all parameters 0, and the activation with its default arguments. [`Layer::reset`] draws initial values.
    pub fn new() -> Self {
        Self::with(A::default())
    }
}

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, A: Activation + Default, const BIAS: bool> Default
    for Dense<I, O, A, BIAS>
{
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, A: Activation, const BIAS: bool> Dense<I, O, A, BIAS> {
    const INPUTS: usize = I::SHAPE.last();
    const OUTPUTS: usize = O::SHAPE.last();
    pub(crate) const WEIGHT: Shape = Shape::new(&[Self::OUTPUTS, Self::INPUTS]);
    const BIASES: Shape = Shape::new(&[if BIAS { Self::OUTPUTS } else { 0 }]);
    /// Rows of the product for one sample.
    const POSITIONS: usize = I::LEN / I::SHAPE.last();
    const SHAPES: () = assert!(
        I::SHAPE.rank() > 0
            && I::LEN > 0
            && O::LEN > 0
            && I::SHAPE.with_last(O::SHAPE.last()).same_as(&O::SHAPE)
            && (I::CHANNELS_LAST.is_none() || I::SHAPE.rank() == 1)
            && O::CHANNELS_LAST.is_none(),
        "a dense layer takes and gives samples that differ in the last dimension only"
    );

    /// The layer with all parameters 0, and an activation with the arguments that it has.
    ///
    /// # Panics
    /// If the arguments are none that the activation can have, such as a negative slope.
    pub fn with(activation: A) -> Self {
        let () = Self::SHAPES;
        assert_valid(&activation);
        let bound = 1.0 / (Self::INPUTS as f32).sqrt();
        let layout = match I::CHANNELS_LAST {
            None => Layout::Transposed,
            Some(image) => Layout::ChannelsLast { channels: image.dims()[0] },
        };
        Self {
            weight: Tensor::zeros(Self::WEIGHT, layout),
            bias: if BIAS { Tensor::filled(Self::BIASES, 0.0) } else { Tensor::absent() },
            activation,
            inits: (Init::linear(), Init::Uniform { low: -bound, high: bound }),
            packed: None,
            samples: PhantomData,
        }
    }

    /// The same layer with other initial values.
    ///
    /// ```
    /// use nn_core::init::Init;
    /// use nn_core::layers::{Dense, Relu};
    /// let layer = Dense::<[f32; 3], [f32; 2], Relu>::new().initialized(Init::kaiming_normal(), Init::ZEROS);
    /// # let _ = layer;
    /// ```
    #[must_use]
    pub fn initialized(self, weight: Init, bias: Init) -> Self {
        Self { inits: (weight, bias), ..self }
    }

    /// The activation.
    pub fn activation(&self) -> &A {
        &self.activation
    }

    fn rows<S: Sample<Element = f32>>(batch: &[S]) -> Mat<'_> {
        Mat::new(S::flat(batch), batch.len() * Self::POSITIONS, S::SHAPE.last())
    }

    fn rows_mut<S: Sample<Element = f32>>(batch: &mut [S]) -> MatMut<'_> {
        let rows = batch.len() * Self::POSITIONS;
        MatMut::new(S::flat_mut(batch), rows, S::SHAPE.last())
    }

    /// y = A(x · Wᵀ + b), with x · Wᵀ + b to `z` where that is asked for.
    fn product(&self, x: &[I], y: &mut [O], z: Option<&mut [O]>, cx: Context<'_>) {
        let kernel = self.activation.kernel();
        let epilogue = Epilogue {
            bias: BIAS.then(|| self.bias.values()),
            activation: kernel.unwrap_or_default(),
            preactivation: z.map(Self::rows_mut),
            ..Epilogue::default()
        };
        match &self.packed {
            Some(weight) => nn_kernels::matmul_packed(cx.team, Self::rows(x), weight, Self::rows_mut(y), epilogue),
            None => nn_kernels::matmul_nn(cx.team, Self::rows(x), self.inside(), Self::rows_mut(y), epilogue),
        }
        if kernel.is_none() {
            self.activation.forward_inplace(cx.team, O::flat_mut(y));
        }
    }

    /// W as it lies inside: `[inputs, outputs]`.
    fn inside(&self) -> Mat<'_> {
        Mat::new(self.weight.values(), Self::INPUTS, Self::OUTPUTS)
    }
}

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, A: Activation, const BIAS: bool> Layer
    for Dense<I, O, A, BIAS>
{
    type In = I;
    type Out = O;
    type Gives = A::Gives;
    const KIND: &'static str = "Dense";
    const MEMORY: Memory = Memory { tape: Size::per_sample(if A::READS.x { O::LEN } else { 0 }), ..Memory::NONE };
    const READS: Reads = Reads { x: true, y: A::READS.y };
    const FLOPS: u64 = (2 * Self::INPUTS as u64 + BIAS as u64 + A::FLOPS) * O::LEN as u64;
    const BACKWARD_FLOPS: u64 = (4 * Self::INPUTS as u64 + BIAS as u64 + A::FLOPS) * O::LEN as u64;

    fn reads(train: bool, _: bool) -> Reads {
        Reads { x: train, ..Self::READS }
    }

    fn forward(&self, x: &[I], y: &mut [O], cx: Context<'_>) {
        self.product(x, y, None, cx);
    }

    fn forward_train(&self, x: &[I], y: &mut [O], mut tape: Arena<'_>, _: bool, cx: Context<'_>) {
        let z = A::READS.x.then(|| tape.samples(x.len()));
        self.product(x, y, z, cx);
    }

    fn backward(
        &self,
        mut saved: Saved<'_, Self>,
        dy: &mut [O],
        grads: &mut DenseGrads,
        train: bool,
        dx: Option<&mut [I]>,
        cx: Context<'_>,
    ) {
        if !train && dx.is_none() {
            return;
        }
        // dz = dy · A′, in place.
        backward_through(&self.activation, cx.team, &mut saved.tape, saved.y, dy);
        let weight = (train && !grads.weight.is_empty())
            .then(|| MatMut::new(grads.weight.values_mut(), Self::INPUTS, Self::OUTPUTS));
        let gradients = LinearGradients {
            weight,
            bias: (train && BIAS).then(|| grads.bias.values_mut()),
            input: dx.map(Self::rows_mut),
            accumulate: cx.accumulate,
        };
        nn_kernels::linear_backward(cx.team, Self::rows(saved.x), self.inside(), O::flat(dy), gradients);
    }

    fn reset(&mut self, key: u64) {
        self.inits.0.fill(&mut self.weight, &mut Random::new(key, "weight"));
        if BIAS {
            self.inits.1.fill(&mut self.bias, &mut Random::new(key, "bias"));
        }
    }

    fn rows(path: &Path<'_>, each: &mut dyn FnMut(Row)) {
        each(Row::of::<Self>(path).followed_by::<A>());
    }

    fn prepare(&mut self) {
        self.packed = PackedB::pays(Self::INPUTS, Self::OUTPUTS).then(|| PackedB::pack(self.inside()));
    }
}
