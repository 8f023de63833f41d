//! ReLU with learned slopes.

use crate::init::Init;
use crate::random::Random;
use crate::{Context, Layer, Memory, Reads, Sample, Saved, Scores, Shape, Size, Tensor, parameters};
use core::marker::PhantomData;

/// y = x where x > 0, else a · x, with a learned slope a for each channel.
///
/// | | |
/// |---|---|
/// | takes, gives | `[channels, …]`, the same; for a vector, each element is a channel |
/// | `weight` | a: `[channels]`; `[1]` where `SHARED` |
/// | PyTorch | `nn.PReLU(channels)`, `nn.PReLU()` where `SHARED` |
///
/// (He et al., 2015) The gradients are da = Σ dy · x over the elements that are not positive, and dx = dy or a · dy. Slopes start
/// at 0.25 unless set by [`PRelu::init`].
///
/// ```
/// use nn_core::layers::PRelu;
/// use nn_core::{Layer, Network};
///
/// let mut layer = PRelu::<[f32; 2]>::new();
/// layer.weight.set(&[0.5, 0.25])?;
/// assert_eq!(*layer.predict(&[[-4.0, -4.0], [1.0, 0.0]]), [[-2.0, -1.0], [1.0, 0.0]]);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PRelu<S, const SHARED: bool = false> {
    /// a, `[channels]` or `[1]`.
    pub weight: Tensor,
    slope: f32,
    sample: PhantomData<fn(S)>,
}

parameters! {
    impl[S: Sample<Element = f32>, const SHARED: bool] PRelu<S, SHARED>, PReluGrads { weight }, count = Self::SLOPES,
    tensors = [("weight", Self::VECTOR)]
}

impl<S: Sample<Element = f32>, const SHARED: bool> PRelu<S, SHARED> {
    const VECTOR: Shape = Shape::new(&[Self::SLOPES]);
    const SLOPES: usize = if SHARED || S::SHAPE.rank() == 0 { 1 } else { S::SHAPE.dims()[0] };
    /// Elements of a sample for each slope that lie together: of an image channels-last, one.
    const INNER: usize = match S::CHANNELS_LAST {
        Some(_) if Self::SLOPES > 1 => 1,
        _ => S::LEN / Self::SLOPES,
    };
    /// The channels of a flattened image lie apart from each other in an order of their own.
    const SHAPES: () = assert!(
        SHARED || S::CHANNELS_LAST.is_none() || S::SHAPE.rank() > 1,
        "a PReLU with a slope for each element takes vectors in their own order"
    );

    /// The layer with all slopes at 0.25.
    pub fn new() -> Self {
        let () = Self::SHAPES;
        Self { weight: Tensor::filled(Self::VECTOR, 0.25), slope: 0.25, sample: PhantomData }
    }

    /// The same with all slopes at `slope`, now and after [`Layer::reset`].
    #[must_use]
    pub fn init(self, slope: f32) -> Self {
        Self { weight: Tensor::filled(Self::VECTOR, slope), slope, sample: PhantomData }
    }
}

impl<S: Sample<Element = f32>, const SHARED: bool> Default for PRelu<S, SHARED> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Sample<Element = f32>, const SHARED: bool> Layer for PRelu<S, SHARED> {
    type In = S;
    type Out = S;
    type Gives = Scores;
    const KIND: &'static str = "PRelu";
    // Gradients of slopes that nobody asked for: they come with dx.
    const MEMORY: Memory = Memory { train: Size::fixed(Self::SLOPES), ..Memory::NONE };
    const READS: Reads = Reads::INPUT;
    const FLOPS: u64 = S::LEN as u64;

    fn forward(&self, x: &[S], y: &mut [S], cx: Context<'_>) {
        nn_kernels::prelu(cx.team, S::flat(x), self.weight.values(), Self::INNER, S::flat_mut(y));
    }

    fn backward(
        &self,
        saved: Saved<'_, Self>,
        dy: &mut [S],
        grads: &mut PReluGrads,
        train: bool,
        dx: Option<&mut [S]>,
        mut cx: Context<'_>,
    ) {
        if !train && dx.is_none() {
            return;
        }
        let unused = cx.floats(Self::SLOPES);
        let (slopes, accumulate) = if train { (grads.weight.values_mut(), cx.accumulate) } else { (unused, false) };
        let dx = dx.map(S::flat_mut);
        let (x, dy, weight) = (S::flat(saved.x), S::flat(dy), self.weight.values());
        nn_kernels::prelu_backward(cx.team, x, dy, weight, Self::INNER, dx, slopes, accumulate);
    }

    fn reset(&mut self, key: u64) {
        Init::Constant(self.slope).fill(&mut self.weight, &mut Random::new(key, "weight"));
    }
}
