//! One step of a recurrence, from a state that is given.

use super::unit::draw;
use super::{Gated, LongShortTerm, Simple, Unit};
use crate::{Arena, Context, Layer, Layout, Memory, Reads, Sample, Saved, Scores, Shape, Size, Tensor, parameters};
use core::marker::PhantomData;
use nn_kernels::{
    Direction, Recurrence, RecurrentBuffers, RecurrentGradients, RecurrentSaved, RecurrentScratch, RecurrentWeights,
};

/// One step of a recurrence, from a state that is given: what decodes, or what runs along a stream.
///
/// | | [`RnnCell`] | [`LstmCell`] | [`GruCell`] |
/// |---|---|---|---|
/// | takes | `(I, S)`: `[features]` and the state `[units]` | … `[2, units]`: h, then c | … `[units]` |
/// | gives | `S`: the state after the step | … | … |
/// | `weight_ih` | `[units, features]` | `[4 · units, features]` | `[3 · units, features]` |
/// | `weight_hh` | `[units, units]` | `[4 · units, units]` | `[3 · units, units]` |
/// | `bias_ih`, `bias_hh` | `[units]`; absent where `BIAS` is false | `[4 · units]` | `[3 · units]` |
/// | PyTorch | `nn.RNNCell(features, units)` | `nn.LSTMCell(features, units)` | `nn.GRUCell(features, units)` |
///
/// The formulas are those of [`Rnn`](super::Rnn), [`Lstm`](super::Lstm) and [`Gru`](super::Gru), and so are the gradients, which go on into the state that was given.
/// Initial weights and biases are uniform in ±1 / √units, as PyTorch's are.
///
/// ```
/// use nn_core::layers::GruCell;
/// use nn_core::{Context, Layer, Team};
///
/// let mut cell = GruCell::<[f32; 3], [f32; 2]>::new();
/// cell.reset(1);
/// let (mut state, mut next) = ([[0.0; 2]], [[0.0; 2]]);
/// let mut scratch = vec![0.0; GruCell::<[f32; 3], [f32; 2]>::MEMORY.forward.floats(1)];
/// for x in [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]] {
///     cell.forward((&[x], &state), &mut next, Context::new(&Team::new(1), 0, 0, false, &mut scratch));
///     state = next;
/// }
/// assert!(state[0].iter().all(|h| h.abs() < 1.0));
/// ```
#[derive(Clone, Debug)]
pub struct RecurrentStep<I, S, R, const BIAS: bool = true> {
    /// `W_ih`, `[gates · units, features]`.
    pub weight_ih: Tensor,
    /// `W_hh`, `[gates · units, units]`.
    pub weight_hh: Tensor,
    /// `b_ih`, `[gates · units]`; empty where there is none.
    pub bias_ih: Tensor,
    /// `b_hh`, `[gates · units]`; empty where there is none.
    pub bias_hh: Tensor,
    samples: PhantomData<fn(I, R) -> S>,
}

/// A step of an [`Rnn`](super::Rnn): see [`RecurrentStep`]. (PyTorch: `nn.RNNCell`)
pub type RnnCell<I, S, const BIAS: bool = true> = RecurrentStep<I, S, Simple, BIAS>;
/// A step of an [`Lstm`](super::Lstm): see [`RecurrentStep`]. The state is `[2, units]`: h, then c. (PyTorch: `nn.LSTMCell`)
pub type LstmCell<I, S, const BIAS: bool = true> = RecurrentStep<I, S, LongShortTerm, BIAS>;
/// A step of a [`Gru`](super::Gru): see [`RecurrentStep`]. (PyTorch: `nn.GRUCell`)
pub type GruCell<I, S, const BIAS: bool = true> = RecurrentStep<I, S, Gated, BIAS>;

parameters! {
    impl[I: Sample<Element = f32>, S: Sample<Element = f32>, R: Unit, const BIAS: bool] RecurrentStep<I, S, R, BIAS>,
    RecurrentStepGrads { weight_ih, weight_hh, bias_ih, bias_hh },
    biases { bias_ih, bias_hh },
    count = Self::GATES * (I::LEN + Self::UNITS + 2 * BIAS as usize),
    tensors = [
        ("weight_ih", Self::WEIGHTS[0]), ("weight_hh", Self::WEIGHTS[1]), ("bias_ih", Self::BIASES), ("bias_hh", Self::BIASES)
    ]
}

impl<I: Sample<Element = f32>, S: Sample<Element = f32>, R: Unit, const BIAS: bool> RecurrentStep<I, S, R, BIAS> {
    const UNITS: usize = S::SHAPE.last();
    /// Rows of a weight.
    const GATES: usize = R::CELL.gates() * Self::UNITS;
    const WEIGHTS: [Shape; 2] = [Shape::new(&[Self::GATES, I::LEN]), Shape::new(&[Self::GATES, Self::UNITS])];
    const BIASES: Shape = Shape::new(&[if BIAS { Self::GATES } else { 0 }]);
    const SHAPES: () = assert!(
        I::SHAPE.rank() == 1
            && I::LEN > 0
            && S::LEN > 0
            && S::SHAPE.rank() == R::CELL.states()
            && S::LEN == R::CELL.states() * Self::UNITS
            && I::CHANNELS_LAST.is_none()
            && S::CHANNELS_LAST.is_none(),
        "a step of a recurrence takes [features] and a state, [units], or [2, units] of an LSTM"
    );
    const SIZES: Recurrence =
        Recurrence { cell: R::CELL, steps: 1, inputs: I::LEN, units: Self::UNITS, direction: Direction::Step };
    const ALL_GATES: Size = Size::per_sample(Self::SIZES.kept_gates());
    const SCRATCH: Size = Size::per_sample(Self::SIZES.scratch());
    /// Whether the derivative looks at the state that was given: h of a GRU, c of an LSTM.
    const READS_STATE: bool = R::CELL.reads_gates();
    /// Whether it looks at the state that came out: h of a simple recurrence, c of an LSTM.
    const READS_OUTPUT: bool = R::CELL.states() == 2 || !R::CELL.reads_gates();

    /// The layer with all parameters 0. [`Layer::reset`] draws initial values.
    pub fn new() -> Self {
        let () = Self::SHAPES;
        let [weight_ih, weight_hh] = Self::WEIGHTS.map(|shape| Tensor::zeros(shape, Layout::Transposed));
        let bias = || if BIAS { Tensor::filled(Self::BIASES, 0.0) } else { Tensor::absent() };
        Self { weight_ih, weight_hh, bias_ih: bias(), bias_hh: bias(), samples: PhantomData }
    }

    fn weights(&self) -> RecurrentWeights<'_> {
        RecurrentWeights {
            input: self.weight_ih.values(),
            state: self.weight_hh.values(),
            input_bias: BIAS.then(|| self.bias_ih.values()),
            state_bias: BIAS.then(|| self.bias_hh.values()),
        }
    }

    /// The state after the step, with the gates to the tape, if there is one.
    fn run(&self, (x, state): (&[I], &[S]), y: &mut [S], tape: Option<Arena<'_>>, mut cx: Context<'_>) {
        let kept = x.len() * Self::SIZES.kept_gates();
        let gates = match tape {
            Some(mut tape) if R::CELL.reads_gates() => tape.floats(kept),
            _ => cx.floats(kept),
        };
        let scratch = cx.floats(x.len() * Self::SIZES.scratch());
        let to = RecurrentBuffers { y: S::flat_mut(y), gates, cells: &mut [], scratch };
        Self::SIZES.forward(cx.team, self.weights(), I::flat(x), S::flat(state), to);
    }
}

impl<I: Sample<Element = f32>, S: Sample<Element = f32>, R: Unit, const BIAS: bool> Default
    for RecurrentStep<I, S, R, BIAS>
{
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Sample<Element = f32>, S: Sample<Element = f32>, R: Unit, const BIAS: bool> Layer
    for RecurrentStep<I, S, R, BIAS>
{
    type In = (I, S);
    type Out = S;
    type Gives = Scores;
    const KIND: &'static str = R::STEP;
    const MEMORY: Memory = Memory {
        tape: Self::ALL_GATES.when(R::CELL.reads_gates()),
        forward: Self::ALL_GATES.plus(Self::SCRATCH),
        // The gradients of the gates, and the states before the step.
        train: Self::ALL_GATES.plus(Size::per_sample(Self::UNITS)).plus(Self::SCRATCH),
    };
    const IDLE_TAPE: Size = Size::NONE;
    const READS: Reads = Reads { x: true, y: Self::READS_OUTPUT };
    const FLOPS: u64 =
        Self::GATES as u64 * 2 * (I::LEN + Self::UNITS + BIAS as usize) as u64 + Self::UNITS as u64 * R::FLOPS;

    fn tape(train: bool, dx: bool) -> Size {
        Self::MEMORY.tape.when(train || dx)
    }

    fn reads(train: bool, dx: bool) -> Reads {
        Reads { x: train || dx && Self::READS_STATE, y: (train || dx) && Self::READS_OUTPUT }
    }

    fn forward(&self, x: (&[I], &[S]), y: &mut [S], cx: Context<'_>) {
        self.run(x, y, None, cx);
    }

    fn forward_train(&self, x: (&[I], &[S]), y: &mut [S], tape: Arena<'_>, train: bool, cx: Context<'_>) {
        let kept = train || tape.dx();
        self.run(x, y, kept.then_some(tape), cx);
    }

    fn backward(
        &self,
        mut saved: Saved<'_, Self>,
        dy: &mut [S],
        grads: &mut RecurrentStepGrads,
        train: bool,
        dx: Option<(&mut [I], &mut [S])>,
        mut cx: Context<'_>,
    ) {
        if !train && dx.is_none() {
            return;
        }
        let (n, sizes) = (dy.len(), Self::SIZES);
        let weights_learn = train && !grads.weight_ih.is_empty();
        let scratch = RecurrentScratch {
            gates: cx.floats(n * sizes.kept_gates()),
            before: cx.floats(if weights_learn { n * Self::UNITS } else { 0 }),
            steps: cx.floats(n * sizes.scratch()),
        };
        let kept = if R::CELL.reads_gates() { n * sizes.kept_gates() } else { 0 };
        let (x, start) = saved.x;
        let from = RecurrentSaved {
            x: I::flat(x),
            start: S::flat(start),
            y: S::flat(saved.y),
            gates: saved.tape.floats(kept),
            cells: &[],
        };
        let (dx, d_start) = dx.unzip();
        let gradients = RecurrentGradients {
            input: weights_learn.then(|| grads.weight_ih.values_mut()),
            state: weights_learn.then(|| grads.weight_hh.values_mut()),
            input_bias: (train && BIAS).then(|| grads.bias_ih.values_mut()),
            state_bias: (train && BIAS).then(|| grads.bias_hh.values_mut()),
            start: d_start.map(S::flat_mut),
            x: dx.map(I::flat_mut),
            accumulate: cx.accumulate,
            accumulate_x: false,
        };
        sizes.backward(cx.team, self.weights(), from, S::flat(dy), gradients, scratch);
    }

    fn reset(&mut self, key: u64) {
        draw(self, Self::UNITS, key);
    }
}
