//! The frame of all recurrent layers.

use super::Unit;
use super::unit::draw;
use crate::{Arena, Context, Layer, Layout, Memory, Reads, Sample, Saved, Scores, Shape, Size, Tensor, parameters};
use core::marker::PhantomData;
use nn_kernels::{
    Direction, Recurrence, RecurrentBuffers, RecurrentGradients, RecurrentSaved, RecurrentScratch, RecurrentWeights,
};

/// A layer with a state that goes from step to step of a sequence: [`Rnn`](super::Rnn), [`Lstm`](super::Lstm) or [`Gru`](super::Gru), which have
/// the formulas.
///
/// It takes `[steps, features]` and gives the states of all steps, `[steps, units]`. (PyTorch: `batch_first=True`, and the first of
/// the two values that come out.) A convolution over sequences gives `[channels, length]`, the other way around: a
/// [`Permute`](crate::layers::Permute) line stands between them. Several layers are several lines; what PyTorch calls `weight_ih_l1` with
/// `num_layers=2` is `weight_ih_l0` of the second.
///
/// With `BOTH` another recurrence goes from the last step to the first. It has weights of its own, of the same names with `_reverse`
/// behind them, and what it gives for a step stands behind what the first gives for it: `[steps, 2 · units]`.
///
/// `BIAS` says whether there are biases. There are two, because PyTorch has two, and for the n of a GRU they differ.
///
/// Initial weights and biases are uniform in ±1 / √units, as PyTorch's are. Training keeps the gates, for a GRU what r is multiplied by, and for
/// an LSTM the cell states; a simple recurrence keeps nothing.
#[derive(Clone, Debug)]
pub struct Recurrent<I, O, R, const BIAS: bool = true, const BOTH: bool = false> {
    /// `W_ih`, `[gates · units, features]`.
    pub weight_ih_l0: Tensor,
    /// `W_hh`, `[gates · units, units]`.
    pub weight_hh_l0: Tensor,
    /// `b_ih`, `[gates · units]`; empty where there is none.
    pub bias_ih_l0: Tensor,
    /// `b_hh`, `[gates · units]`; empty where there is none.
    pub bias_hh_l0: Tensor,
    /// `W_ih` from the last step to the first; empty where there is one direction.
    pub weight_ih_l0_reverse: Tensor,
    /// `W_hh` from the last step to the first; empty where there is one direction.
    pub weight_hh_l0_reverse: Tensor,
    /// `b_ih` from the last step to the first; empty where there is one direction or no bias.
    pub bias_ih_l0_reverse: Tensor,
    /// `b_hh` from the last step to the first; empty where there is one direction or no bias.
    pub bias_hh_l0_reverse: Tensor,
    samples: PhantomData<fn(I, R) -> O>,
}

parameters! {
    impl[I: Sample<Element = f32>, O: Sample<Element = f32>, R: Unit, const BIAS: bool, const BOTH: bool]
        Recurrent<I, O, R, BIAS, BOTH>,
    RecurrentGrads {
        weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0,
        weight_ih_l0_reverse, weight_hh_l0_reverse, bias_ih_l0_reverse, bias_hh_l0_reverse
    },
    biases { bias_ih_l0, bias_hh_l0, bias_ih_l0_reverse, bias_hh_l0_reverse },
    count = Self::DIRECTIONS.len() * Self::GATES * (Self::FEATURES + Self::UNITS + 2 * BIAS as usize),
    tensors = [
        ("weight_ih_l0", Self::shapes(true)[0]), ("weight_hh_l0", Self::shapes(true)[1]),
        ("bias_ih_l0", Self::shapes(true)[2]), ("bias_hh_l0", Self::shapes(true)[2]),
        ("weight_ih_l0_reverse", Self::shapes(BOTH)[0]), ("weight_hh_l0_reverse", Self::shapes(BOTH)[1]),
        ("bias_ih_l0_reverse", Self::shapes(BOTH)[2]), ("bias_hh_l0_reverse", Self::shapes(BOTH)[2])
    ]
}

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, R: Unit, const BIAS: bool, const BOTH: bool>
    Recurrent<I, O, R, BIAS, BOTH>
{
    const STEPS: usize = I::SHAPE.dims()[0];
    const FEATURES: usize = I::SHAPE.last();
    const UNITS: usize = O::SHAPE.last() / Self::DIRECTIONS.len();
    /// Rows of a weight.
    const GATES: usize = R::CELL.gates() * Self::UNITS;
    const DIRECTIONS: &[Direction] = if BOTH { &[Direction::Forward, Direction::Reverse] } else { &[Direction::Only] };
    const SHAPES: () = assert!(
        I::SHAPE.rank() == 2
            && I::LEN > 0
            && O::LEN > 0
            && I::SHAPE.with_last(O::SHAPE.last()).same_as(&O::SHAPE)
            && O::SHAPE.last() == Self::DIRECTIONS.len() * Self::UNITS
            && I::CHANNELS_LAST.is_none()
            && O::CHANNELS_LAST.is_none(),
        "a recurrent layer takes [steps, features] and gives [steps, units], or twice as many with two directions"
    );
    /// The sizes of each direction.
    const SIZES: Recurrence = Self::sizes(Direction::Only);
    /// All gates of one direction.
    const ALL_GATES: Size = Size::per_sample(Self::SIZES.kept_gates());
    const SCRATCH: Size = Size::per_sample(Self::SIZES.scratch());
    /// What backward reads of one direction.
    const KEPT: Size = Self::ALL_GATES.when(R::CELL.reads_gates()).plus(Size::per_sample(Self::SIZES.kept_cells()));

    const fn sizes(direction: Direction) -> Recurrence {
        Recurrence { cell: R::CELL, steps: Self::STEPS, inputs: Self::FEATURES, units: Self::UNITS, direction }
    }

    /// The shapes of both weights and of each bias, of a direction that is there or not.
    const fn shapes(there: bool) -> [Shape; 3] {
        const NONE: Shape = Shape::new(&[0]);
        match there {
            true => [
                Shape::new(&[Self::GATES, Self::FEATURES]),
                Shape::new(&[Self::GATES, Self::UNITS]),
                Shape::new(&[if BIAS { Self::GATES } else { 0 }]),
            ],
            false => [NONE; 3],
        }
    }

    /// The layer with all parameters 0. [`Layer::reset`] draws initial values.
    pub fn new() -> Self {
        let () = Self::SHAPES;
        let weight = |there: bool, which: usize| match there {
            true => Tensor::zeros(Self::shapes(true)[which], Layout::Transposed),
            false => Tensor::absent(),
        };
        let bias = |there: bool| if there { Tensor::filled(Self::shapes(true)[2], 0.0) } else { Tensor::absent() };
        Self {
            weight_ih_l0: weight(true, 0),
            weight_hh_l0: weight(true, 1),
            bias_ih_l0: bias(BIAS),
            bias_hh_l0: bias(BIAS),
            weight_ih_l0_reverse: weight(BOTH, 0),
            weight_hh_l0_reverse: weight(BOTH, 1),
            bias_ih_l0_reverse: bias(BIAS && BOTH),
            bias_hh_l0_reverse: bias(BIAS && BOTH),
            samples: PhantomData,
        }
    }

    /// The weights of a direction, as they lie inside.
    fn weights(&self, direction: Direction) -> RecurrentWeights<'_> {
        let [input, state, input_bias, state_bias] = match direction {
            Direction::Reverse => [
                &self.weight_ih_l0_reverse,
                &self.weight_hh_l0_reverse,
                &self.bias_ih_l0_reverse,
                &self.bias_hh_l0_reverse,
            ],
            _ => [&self.weight_ih_l0, &self.weight_hh_l0, &self.bias_ih_l0, &self.bias_hh_l0],
        };
        let bias = |bias| BIAS.then(|| Tensor::values(bias));
        RecurrentWeights {
            input: input.values(),
            state: state.values(),
            input_bias: bias(input_bias),
            state_bias: bias(state_bias),
        }
    }

    /// Outputs of all steps; on the tape, if there is one, what backward reads.
    fn run(&self, x: &[I], y: &mut [O], mut tape: Option<Arena<'_>>, mut cx: Context<'_>) {
        let n = x.len();
        let on_tape = tape.is_some() && R::CELL.reads_gates();
        let own = cx.floats(if on_tape { 0 } else { n * Self::SIZES.kept_gates() });
        let scratch = cx.floats(n * Self::SIZES.scratch());
        for &direction in Self::DIRECTIONS {
            let gates = match &mut tape {
                Some(tape) if on_tape => tape.floats(n * Self::SIZES.kept_gates()),
                _ => &mut *own,
            };
            let cells = tape.as_mut().map(|tape| tape.floats(n * Self::SIZES.kept_cells())).unwrap_or_default();
            let to = RecurrentBuffers { y: O::flat_mut(y), gates, cells, scratch };
            Self::sizes(direction).forward(cx.team, self.weights(direction), I::flat(x), &[], to);
        }
    }
}

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, R: Unit, const BIAS: bool, const BOTH: bool> Default
    for Recurrent<I, O, R, BIAS, BOTH>
{
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Sample<Element = f32>, O: Sample<Element = f32>, R: Unit, const BIAS: bool, const BOTH: bool> Layer
    for Recurrent<I, O, R, BIAS, BOTH>
{
    type In = I;
    type Out = O;
    type Gives = Scores;
    const KIND: &'static str = R::KIND;
    const MEMORY: Memory = Memory {
        tape: Self::KEPT.times(Self::DIRECTIONS.len()),
        forward: Self::ALL_GATES.plus(Self::SCRATCH),
        // The gradients of the gates, and the states before the steps.
        train: Self::ALL_GATES.plus(Size::per_sample(Self::STEPS * Self::UNITS)).plus(Self::SCRATCH),
    };
    const IDLE_TAPE: Size = Size::NONE;
    const FLOPS: u64 = (Self::DIRECTIONS.len() * Self::STEPS) as u64
        * (Self::GATES as u64 * 2 * (Self::FEATURES + Self::UNITS + BIAS as usize) as u64
            + Self::UNITS as u64 * R::FLOPS);

    fn tape(train: bool, dx: bool) -> Size {
        Self::MEMORY.tape.when(train || dx)
    }

    fn reads(train: bool, dx: bool) -> Reads {
        Reads { x: train, y: train || dx && R::CELL.reads_outputs() }
    }

    fn forward(&self, x: &[I], y: &mut [O], cx: Context<'_>) {
        self.run(x, y, None, cx);
    }

    fn forward_train(&self, x: &[I], y: &mut [O], tape: Arena<'_>, train: bool, cx: Context<'_>) {
        let kept = train || tape.dx();
        self.run(x, y, kept.then_some(tape), cx);
    }

    fn backward(
        &self,
        mut saved: Saved<'_, Self>,
        dy: &mut [O],
        grads: &mut RecurrentGrads,
        train: bool,
        mut dx: Option<&mut [I]>,
        mut cx: Context<'_>,
    ) {
        if !train && dx.is_none() {
            return;
        }
        let (n, sizes) = (dy.len(), Self::SIZES);
        let weights_learn = train && !grads.weight_ih_l0.is_empty();
        let gates = cx.floats(n * sizes.kept_gates());
        let before = cx.floats(if weights_learn { n * Self::STEPS * Self::UNITS } else { 0 });
        let steps = cx.floats(n * sizes.scratch());
        for &direction in Self::DIRECTIONS {
            let kept = if R::CELL.reads_gates() { n * sizes.kept_gates() } else { 0 };
            let from = RecurrentSaved {
                x: I::flat(saved.x),
                start: &[],
                y: O::flat(saved.y),
                gates: saved.tape.floats(kept),
                cells: saved.tape.floats(n * sizes.kept_cells()),
            };
            let [input, state, input_bias, state_bias] = match direction {
                Direction::Reverse => [
                    &mut grads.weight_ih_l0_reverse,
                    &mut grads.weight_hh_l0_reverse,
                    &mut grads.bias_ih_l0_reverse,
                    &mut grads.bias_hh_l0_reverse,
                ],
                _ => [&mut grads.weight_ih_l0, &mut grads.weight_hh_l0, &mut grads.bias_ih_l0, &mut grads.bias_hh_l0],
            };
            let gradients = RecurrentGradients {
                input: weights_learn.then(|| input.values_mut()),
                state: weights_learn.then(|| state.values_mut()),
                input_bias: (train && BIAS).then(|| input_bias.values_mut()),
                state_bias: (train && BIAS).then(|| state_bias.values_mut()),
                start: None,
                x: dx.as_deref_mut().map(I::flat_mut),
                accumulate: cx.accumulate,
                accumulate_x: direction == Direction::Reverse,
            };
            let scratch = RecurrentScratch { gates, before, steps };
            Self::sizes(direction).backward(cx.team, self.weights(direction), from, O::flat(dy), gradients, scratch);
        }
    }

    fn reset(&mut self, key: u64) {
        draw(self, Self::UNITS, key);
    }
}
