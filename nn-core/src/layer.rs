//! The contract between networks and layers. A network is a layer.

use crate::layers::{Activation, Identity};
use crate::{Arena, Bottom, Context, Error, Memory, Parameters, Path, Result, Size, Tape, Value};
use core::any::TypeId;
use core::fmt;

/// A batch of a value, to be read.
pub type Ref<'a, V> = <V as Value>::Ref<'a>;
/// A batch of a value, to be written.
pub type Mut<'a, V> = <V as Value>::Mut<'a>;

/// What an output means besides its shape, so that a loss can refuse what it cannot use.
pub trait Meaning: 'static {
    /// The word used in messages.
    const NAME: &'static str;
}

/// Any numbers: the scores (logits) of a classifier, the values of a regression.
#[derive(Clone, Copy, Debug)]
pub struct Scores;
/// Numbers in 0..=1: what softmax and sigmoid give.
#[derive(Clone, Copy, Debug)]
pub struct Probabilities;
/// Logarithms of probabilities: what log-softmax gives.
#[derive(Clone, Copy, Debug)]
pub struct LogProbabilities;

macro_rules! several_meanings {
    ($($part:ident)+) => {
        impl<$($part: Meaning),+> Meaning for ($($part,)+) {
            const NAME: &'static str = "several outputs";
        }
    };
}
several_meanings!(A B);
several_meanings!(A B C);
several_meanings!(A B C D);
several_meanings!(A B C D E);
several_meanings!(A B C D E F);
several_meanings!(A B C D E F G);
several_meanings!(A B C D E F G H);

impl Meaning for Scores {
    const NAME: &'static str = "scores";
}
impl Meaning for Probabilities {
    const NAME: &'static str = "probabilities";
}
impl Meaning for LogProbabilities {
    const NAME: &'static str = "log-probabilities";
}

/// Which of its input and output `backward` looks at. What no line looks at is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reads {
    /// The input.
    pub x: bool,
    /// The output.
    pub y: bool,
}

impl Reads {
    /// Both, which is always right.
    pub const BOTH: Self = Self { x: true, y: true };
    /// The input only.
    pub const INPUT: Self = Self { x: true, y: false };
    /// The output only.
    pub const OUTPUT: Self = Self { x: false, y: true };
    /// Neither.
    pub const NEITHER: Self = Self { x: false, y: false };
}

/// What `forward_train` has left for `backward`.
pub struct Saved<'a, L: Layer + ?Sized> {
    /// The input; empty, or of unspecified contents, unless [`Layer::reads`] asks for it.
    pub x: Ref<'a, L::In>,
    /// The output; empty, or of unspecified contents, unless [`Layer::reads`] asks for it.
    pub y: Ref<'a, L::Out>,
    /// What the layer itself has put on the tape.
    pub tape: Tape<'a>,
}

impl<L: Layer + ?Sized> Clone for Saved<'_, L> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<L: Layer + ?Sized> Copy for Saved<'_, L> {}

/// A sample that a layer cannot take, though its type is right: what [`Layer::refused`] has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The place of the sample in the batch.
    pub sample: usize,
    /// What is wrong with it, and what would be right.
    pub problem: String,
}

impl Refused {
    /// That a network can take the samples of a batch; the error names the sample by its index in the data.
    pub(crate) fn check<N: Layer>(x: Ref<'_, N::In>, indices: &[usize]) -> Result<()> {
        match N::refused(x, &Path::ROOT) {
            None => Ok(()),
            Some(Self { sample, problem }) => Err(Error::data(format!("sample {}", indices[sample]), problem)),
        }
    }
}

/// One line of [`summary`](crate::summary()).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The path of the layer.
    pub name: String,
    /// `Dense`, `LayerNorm`, …
    pub kind: String,
    /// The shape of what it gives.
    pub output: String,
    /// The number of parameters.
    pub params: usize,
    /// Floating-point operations for one sample; a multiply-add is two.
    pub flops: u64,
    /// In how many groups a convolution is; 1 elsewhere. Not shown.
    pub groups: usize,
}

/// A function of a batch with parameters, and its derivative.
///
/// Shapes are static, so `forward` cannot fail; `x` and `y` always have the same number of samples, which is at least one.
/// A layer that learns nothing and keeps nothing needs only `forward` and `backward`:
///
/// ```
/// use nn_core::{parameters, Context, Layer, Saved, Scores};
///
/// /// y = x².
/// pub struct Square;
/// parameters! { impl[] Square }
///
/// impl Layer for Square {
///     type In = [f32; 4];
///     type Out = [f32; 4];
///     type Gives = Scores;
///     const KIND: &'static str = "Square";
///     const FLOPS: u64 = 4;
///
///     fn forward(&self, x: &[[f32; 4]], y: &mut [[f32; 4]], _: Context<'_>) {
///         for (x, y) in x.as_flattened().iter().zip(y.as_flattened_mut()) {
///             *y = x * x;
///         }
///     }
///
///     fn backward(
///         &self,
///         saved: Saved<'_, Self>,
///         dy: &mut [[f32; 4]],
///         _: &mut (),
///         _: (),
///         dx: Option<&mut [[f32; 4]]>,
///         _: Context<'_>,
///     ) {
///         let Some(dx) = dx else { return };
///         for ((dx, dy), x) in dx.as_flattened_mut().iter_mut().zip(dy.as_flattened()).zip(saved.x.as_flattened()) {
///             *dx = 2.0 * x * dy;
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer",
    label = "`nn::Layer` is not implemented for `{Self}`",
    note = "a layer is a built-in kind, a network declared with `network!`, or your own type with `impl nn::Layer`"
)]
pub trait Layer: Parameters + Send + Sync + 'static {
    /// What it takes.
    type In: Value;
    /// What it gives.
    type Out: Value;
    /// What that means.
    type Gives: Meaning;
    /// The name of the kind, for tables and messages.
    const KIND: &'static str;
    /// Memory besides parameters, input and output.
    const MEMORY: Memory = Memory::NONE;
    /// What `forward_train` writes to the tape where nothing at or below the layer learns. Nobody keeps that: it is scratch memory then.
    /// A network keeps nothing on the tape in that case.
    const IDLE_TAPE: Size = Self::MEMORY.tape;
    /// Which of input and output `backward` looks at, whatever learns.
    const READS: Reads = Reads::BOTH;
    /// Floating-point operations of `forward` for one sample; a multiply-add is two.
    const FLOPS: u64;
    /// Floating-point operations of `backward` for one sample when everything is trained.
    const BACKWARD_FLOPS: u64 = 2 * Self::FLOPS;

    /// The size of the tape for a pass in which `train` says what learns, and the gradient with respect to the input may be asked for
    /// (`dx`) or will not be. At most the tape of [`Layer::MEMORY`], which holds the output of every inner line too, whoever reads it.
    ///
    /// A network keeps nothing for lines below the lowest one that learns.
    fn tape(train: Self::PerLayer<bool>, dx: bool) -> Size {
        let _ = (train, dx);
        Self::MEMORY.tape
    }

    /// Which of input and output `backward` looks at in such a pass: no more than [`Layer::READS`], and no less the more learns.
    ///
    /// A layer with weights looks at its input for their gradient alone, so that nobody keeps it where they are frozen:
    /// `Reads { x: train, ..Self::READS }`.
    fn reads(train: Self::PerLayer<bool>, dx: bool) -> Reads {
        let _ = (train, dx);
        Self::READS
    }

    /// The first sample that the layer cannot take, though its type is right: one with a token that is outside a vocabulary.
    ///
    /// Training and evaluation ask before they compute, and a network asks the lines that take its tokens. `forward` cannot fail: what it gives
    /// for such a sample is NaN. A layer around others passes the question on.
    fn refused(x: Ref<'_, Self::In>, path: &Path<'_>) -> Option<Refused> {
        let _ = (x, path);
        None
    }

    /// The output in evaluation.
    fn forward(&self, x: Ref<'_, Self::In>, y: Mut<'_, Self::Out>, cx: Context<'_>);

    /// The output in training, with what `backward` needs left on the tape. `train` says which inner layers learn: one that does not
    /// behaves as in evaluation where that makes a difference (batch normalisation). `tape.dx()` says whether `backward` may be asked for
    /// the gradient with respect to the input.
    fn forward_train(
        &self,
        x: Ref<'_, Self::In>,
        y: Mut<'_, Self::Out>,
        tape: Arena<'_>,
        train: Self::PerLayer<bool>,
        cx: Context<'_>,
    ) {
        let _ = (tape, train);
        self.forward(x, y, cx);
    }

    /// From the gradient with respect to the output: the gradients of the parameters for which `train` is true (overwritten, or added
    /// to when `cx.accumulate`), and the gradient with respect to the input where `dx` is given (overwritten).
    /// `dy` may be overwritten too. Gradients of what does not learn are not touched, and may have no elements
    /// ([`Parameters::no_grads`]). Where only biases learn, the gradients of the layer's other tensors have none
    /// ([`plan::Biases`](crate::plan::Biases)); that is for layers that name their biases in [`parameters!`](crate::parameters).
    fn backward(
        &self,
        saved: Saved<'_, Self>,
        dy: Mut<'_, Self::Out>,
        grads: &mut Self::Grads,
        train: Self::PerLayer<bool>,
        dx: Option<Mut<'_, Self::In>>,
        cx: Context<'_>,
    );

    /// Sets the parameters (and running statistics) to fresh initial values, drawn from a stream that `key` stands for.
    ///
    /// The key differs by seed and by path, so that no layer's values depend on what else is in the network. A network hands
    /// [`random::fold(key, name)`](crate::random::fold) to a line and [`random::mix(key, index)`](crate::random::mix) to an element of
    /// an array, as [`Context::line`] and [`Context::element`] do; a layer fills a tensor from
    /// [`Random::new(key, "weight")`](crate::random::Random::new), usually by an [`Init`](crate::init::Init). A layer that learns nothing has nothing to do.
    fn reset(&mut self, key: u64) {
        let _ = key;
    }

    /// Takes over what a training step of `n` samples has left on the tape and that is no gradient: running statistics.
    /// Called where the layer or something below it learns; elsewhere there is no tape.
    fn commit(&mut self, tape: Tape<'_>, n: usize, train: Self::PerLayer<bool>) {
        let _ = (tape, n, train);
    }

    /// Makes copies of the weights that are faster to read. Called once on a network that will not change any more.
    fn prepare(&mut self) {}

    /// Tells the lines of which the layer consists, in order, so that a lower part which does not learn can be computed once for each sample
    /// ([`FrozenCache`](crate::train::FrozenCache)). A layer with nothing to tell is a whole.
    fn bottom(&self, train: Self::PerLayer<bool>, bottom: &mut Bottom) {
        let _ = (train, bottom);
    }

    /// Calls `each` for every line that a summary shows.
    fn rows(path: &Path<'_>, each: &mut dyn FnMut(Row)) {
        each(Row::of::<Self>(path));
    }

    /// Calls `each` with the output of every inner line that is on the tape, in order, its elements in the order of the shape
    /// ([`Value::each_in_order`]). Called where the layer's own output is there.
    fn outputs(
        saved: Saved<'_, Self>,
        train: Self::PerLayer<bool>,
        path: &Path<'_>,
        each: &mut dyn FnMut(&Path<'_>, &[f32]),
    ) {
        let _ = train;
        Self::Out::each_in_order(saved.y, &mut |_, part| each(path, part));
    }
}

impl Row {
    /// The row of a layer at `path`.
    pub fn of<L: Layer + ?Sized>(path: &Path<'_>) -> Self {
        Self {
            name: path.to_string(),
            kind: L::KIND.to_owned(),
            output: L::Out::text(),
            params: L::PARAMS,
            flops: L::FLOPS,
            groups: 1,
        }
    }

    /// The same row with the activation that the layer applies: `Dense + Relu`.
    pub fn followed_by<A: Activation>(mut self) -> Self {
        if TypeId::of::<A>() != TypeId::of::<Identity>() {
            self.kind = format!("{} + {}", self.kind, A::KIND);
        }
        self
    }

    /// The row of a line that learns and computes nothing of its own: another view, weights used again.
    pub fn view(path: &Path<'_>, kind: &str, output: String) -> Self {
        Self { name: path.to_string(), kind: kind.to_owned(), output, params: 0, flops: 0, groups: 1 }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}) -> {}, {} parameters", self.name, self.kind, self.output, self.params)
    }
}
