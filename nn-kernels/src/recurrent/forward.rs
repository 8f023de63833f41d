//! Steps in order.

use super::samples::Samples;
use super::{Recurrence, inside, of_sample, part};
use crate::gemm::Panels;
use crate::path::Isa;
use crate::rows::rows;
use crate::scratch::with_scratch;
use crate::{Epilogue, Mat, MatMut, Team, matmul_nn};

/// The weights of one direction. A column for each gate of each unit, all units of a gate side by side.
#[derive(Clone, Copy, Debug)]
pub struct RecurrentWeights<'a> {
    /// `W_ih`: `[inputs, gates · units]`.
    pub input: &'a [f32],
    /// `W_hh`: `[units, gates · units]`.
    pub state: &'a [f32],
    /// `b_ih`.
    pub input_bias: Option<&'a [f32]>,
    /// `b_hh`.
    pub state_bias: Option<&'a [f32]>,
}

/// Samples of a task from which packing `W_hh` pays: fewer rows are sums of its rows as they lie.
const PACKED: usize = 8;

/// `W_hh`.
#[derive(Clone, Copy)]
enum State<'a> {
    Plain(Mat<'a>),
    Packed(Panels<'a>),
}

/// What [`Recurrence::forward`] writes.
#[derive(Debug)]
pub struct RecurrentBuffers<'a> {
    /// The outputs. Of those that are twice as wide the half of the direction is written.
    pub y: &'a mut [f32],
    /// [`Recurrence::kept_gates`] for each sample: what [`Recurrence::backward`] reads.
    pub gates: &'a mut [f32],
    /// [`Recurrence::kept_cells`] for each sample likewise, or nothing where there will be no backward pass.
    pub cells: &'a mut [f32],
    /// [`Recurrence::scratch`] for each sample.
    pub scratch: &'a mut [f32],
}

impl Recurrence {
    /// The outputs of all steps, `y[t] = h[t]`, from a state of zeros, or for a [`Direction::Step`](super::Direction) from `start`, which is empty
    /// otherwise.
    ///
    /// # Panics
    ///
    /// When the sizes do not fit each other.
    ///
    /// ```
    /// use nn_kernels::{Direction, Recurrence, RecurrentBuffers, RecurrentCell, RecurrentWeights, Team};
    ///
    /// // h = tanh(x + h / 2), over two steps.
    /// let sizes = Recurrence { cell: RecurrentCell::Rnn, steps: 2, inputs: 1, units: 1, direction: Direction::Only };
    /// let weights = RecurrentWeights { input: &[1.0], state: &[0.5], input_bias: None, state_bias: None };
    /// let (mut y, mut gates, mut scratch) = ([0.0; 2], [0.0; 2], [0.0; 2]);
    /// let to = RecurrentBuffers { y: &mut y, gates: &mut gates, cells: &mut [], scratch: &mut scratch };
    /// sizes.forward(&Team::serial(), weights, &[1.0, -1.0], &[], to);
    /// let first = 1.0_f32.tanh();
    /// assert!((y[0] - first).abs() < 1e-6 && (y[1] - (0.5 * first - 1.0).tanh()).abs() < 1e-6);
    /// ```
    pub fn forward(
        &self,
        team: &Team,
        weights: RecurrentWeights<'_>,
        x: &[f32],
        start: &[f32],
        to: RecurrentBuffers<'_>,
    ) {
        let samples = rows("recurrent forward", x.len(), self.steps * self.inputs);
        self.check_start(start, samples);
        if samples == 0 {
            return;
        }
        let RecurrentBuffers { y, gates, cells, scratch } = to;
        let (positions, columns) = (samples * self.steps, self.gates());
        let [x, w] = [Mat::new(x, positions, self.inputs), Mat::new(weights.input, self.inputs, columns)];
        let projections = MatMut::with_stride(gates, positions, columns, self.width());
        matmul_nn(team, x, w, projections, Epilogue { bias: weights.input_bias, ..Epilogue::default() });

        let cells_each = if cells.is_empty() { 0 } else { self.kept_cells() };
        let y = Samples::new("outputs", y, samples, self.steps * self.outputs());
        let gates = Samples::new("gates", gates, samples, self.kept_gates());
        let cells = Samples::new("cell states", cells, samples, cells_each);
        let scratch = Samples::new("scratch", scratch, samples, self.scratch());
        let chunk = self.chunk(samples);
        let tasks = samples.div_ceil(chunk);
        let state = Mat::new(weights.state, self.units, columns);
        let packs = self.multiplies(start) && chunk >= PACKED;
        with_scratch(if packs { Panels::room(self.units, columns) } else { 0 }, |room| {
            let state = if packs { State::Packed(Panels::pack(state, room)) } else { State::Plain(state) };
            team.run(tasks, &|task| {
                let first = task * chunk;
                let count = chunk.min(samples - first);
                // SAFETY: these samples are this task's.
                let to = unsafe {
                    RecurrentBuffers {
                        y: y.of(first, count),
                        gates: gates.of(first, count),
                        cells: cells.of(first, count),
                        scratch: scratch.of(first, count),
                    }
                };
                let start = part(start, first * self.state(), count * self.state());
                self.steps_of(inside(team, tasks), state, weights.state_bias, start, to, count);
            });
        });
    }

    /// All steps of some samples.
    fn steps_of(
        &self,
        team: &Team,
        state: State<'_>,
        bias: Option<&[f32]>,
        start: &[f32],
        to: RecurrentBuffers<'_>,
        count: usize,
    ) {
        let (units, columns, width, outputs) = (self.units, self.gates(), self.width(), self.outputs());
        let RecurrentBuffers { y, gates, cells, scratch } = to;
        let (states, products) = scratch.split_at_mut(count * units * self.cell.states());
        states.fill(0.0);
        let (h, c) = states.split_at_mut(count * units);
        for (sample, start) in start.chunks_exact(self.state()).enumerate() {
            let (h_start, c_start) = start.split_at(units);
            h[sample * units..][..units].copy_from_slice(h_start);
            of_sample(c, sample, units).copy_from_slice(c_start);
        }
        let isa = Isa::current();
        for step in 0..self.steps {
            let (from, epilogue) = (Mat::new(h, count, units), Epilogue { bias, ..Epilogue::default() });
            let to = MatMut::new(products, count, columns);
            match (state, bias) {
                (State::Packed(state), _) if step > 0 || !start.is_empty() => state.multiply(team, from, to, epilogue),
                (State::Plain(state), _) if step > 0 || !start.is_empty() => matmul_nn(team, from, state, to, epilogue),
                (_, Some(bias)) => products.chunks_exact_mut(columns).for_each(|row| row.copy_from_slice(bias)),
                (_, None) => products.fill(0.0),
            }
            let rows = h.chunks_exact_mut(units).zip(products.chunks_exact(columns)).enumerate();
            for (sample, (h, product)) in rows {
                let row = sample * self.steps + self.place(step);
                let c = of_sample(c, sample, units);
                self.cell.step(isa, &mut gates[row * width..][..width], product, h, c);
                let y = &mut y[row * outputs + self.offset()..];
                y[..units].copy_from_slice(h);
                if self.is_step() {
                    y[units..][..c.len()].copy_from_slice(c);
                }
                if !cells.is_empty() {
                    cells[row * units..][..units].copy_from_slice(c);
                }
            }
        }
    }
}
