//! Vectors for tokens.

use crate::init::Init;
use crate::layer::Refused;
use crate::random::Random;
use crate::{Context, Layer, Layout, Path, Reads, Ref, Sample, Saved, Scores, Shape, Tensor, parameters};
use core::marker::PhantomData;

/// y = the row of a table that each token stands for.
///
/// | | |
/// |---|---|
/// | takes | `I`: tokens (`u32`) below `VOCABULARY`, `[u32; steps]` or of any other shape |
/// | gives | `O`: the same shape with a dimension more, `[steps, features]` |
/// | `weight` | the table: `[VOCABULARY, features]` |
/// | PyTorch | `nn.Embedding(VOCABULARY, features)` |
///
/// The gradient of a row is the sum of dy over the places where its token stands. Tokens have no gradient.
///
/// A token that is not below `VOCABULARY` has no row. Training and evaluation tell of it before they compute ([`Layer::refused`]); `forward`, which
/// cannot fail, gives NaN in its place.
///
/// Initial values are normal with a standard deviation of 1, as PyTorch's are.
///
/// ```
/// use nn_core::Network;
/// use nn_core::layers::Embedding;
///
/// let mut layer = Embedding::<[u32; 3], [[f32; 2]; 3], 2>::new();
/// layer.weight.set(&[1.0, 2.0, 3.0, 4.0])?;
/// assert_eq!(*layer.predict(&[[1, 0, 1]]), [[[3.0, 4.0], [1.0, 2.0], [3.0, 4.0]]]);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Embedding<I, O, const VOCABULARY: usize> {
    /// The table, `[VOCABULARY, features]`.
    pub weight: Tensor,
    init: Init,
    samples: PhantomData<fn(I) -> O>,
}

parameters! {
    impl[I: Sample<Element = u32>, O: Sample<Element = f32>, const VOCABULARY: usize] Embedding<I, O, VOCABULARY>,
    EmbeddingGrads { weight },
    count = Self::TABLE.elements(),
    tensors = [("weight", Self::TABLE)]
}

impl<I: Sample<Element = u32>, O: Sample<Element = f32>, const VOCABULARY: usize> Embedding<I, O, VOCABULARY> {
    const FEATURES: usize = O::SHAPE.last();
    const TABLE: Shape = Shape::new(&[VOCABULARY, Self::FEATURES]);
    const SHAPES: () = assert!(
        VOCABULARY > 0
            && O::SHAPE.rank() == I::SHAPE.rank() + 1
            && O::LEN == I::LEN * O::SHAPE.last()
            && O::CHANNELS_LAST.is_none(),
        "an embedding gives a vector for each token that it takes"
    );

    /// The layer with a table of zeros. [`Layer::reset`] draws initial values.
    pub fn new() -> Self {
        let () = Self::SHAPES;
        let init = Init::Normal { mean: 0.0, std: 1.0 };
        Self { weight: Tensor::zeros(Self::TABLE, Layout::Plain), init, samples: PhantomData }
    }

    /// The same layer with other initial values.
    ///
    /// ```
    /// use nn_core::init::Init;
    /// use nn_core::layers::Embedding;
    /// let init = Init::Normal { mean: 0.0, std: 0.02 };
    /// let layer = Embedding::<[u32; 64], [[f32; 128]; 64], 65>::new().initialized(init);
    /// # let _ = layer;
    /// ```
    #[must_use]
    pub fn initialized(self, weight: Init) -> Self {
        Self { init: weight, ..self }
    }
}

impl<I: Sample<Element = u32>, O: Sample<Element = f32>, const VOCABULARY: usize> Default
    for Embedding<I, O, VOCABULARY>
{
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Sample<Element = u32>, O: Sample<Element = f32>, const VOCABULARY: usize> Layer
    for Embedding<I, O, VOCABULARY>
{
    type In = I;
    type Out = O;
    type Gives = Scores;
    const KIND: &'static str = "Embedding";
    const READS: Reads = Reads::INPUT;
    const FLOPS: u64 = 0;
    const BACKWARD_FLOPS: u64 = O::LEN as u64;

    fn reads(train: bool, _: bool) -> Reads {
        Reads { x: train, y: false }
    }

    fn refused(x: Ref<'_, I>, path: &Path<'_>) -> Option<Refused> {
        let tokens = I::flat(x);
        let place = tokens.iter().position(|&token| token as usize >= VOCABULARY)?;
        let (token, known) = (tokens[place], VOCABULARY - 1);
        let problem = format!(
            "its token {token}, at place {} of {}, is outside the vocabulary of `{path}`, which has the tokens 0 to {known}; give the layer a \
             larger one, or give what it does not know a token of its own below {VOCABULARY}",
            place % I::LEN + 1,
            I::LEN
        );
        Some(Refused { sample: place / I::LEN, problem })
    }

    fn forward(&self, x: &[I], y: &mut [O], cx: Context<'_>) {
        nn_kernels::embedding(cx.team, self.weight.values(), Self::FEATURES, I::flat(x), O::flat_mut(y));
    }

    fn backward(
        &self,
        saved: Saved<'_, Self>,
        dy: &mut [O],
        grads: &mut EmbeddingGrads,
        train: bool,
        _: Option<&mut [I]>,
        cx: Context<'_>,
    ) {
        if train && !grads.weight.is_empty() {
            let (tokens, table) = (I::flat(saved.x), grads.weight.values_mut());
            nn_kernels::embedding_backward(cx.team, tokens, O::flat(dy), Self::FEATURES, table, cx.accumulate);
        }
    }

    fn reset(&mut self, key: u64) {
        self.init.fill(&mut self.weight, &mut Random::new(key, "weight"));
    }
}
