//! Steps in order.

use super::samples::Samples;
use super::{Recurrence, inside};
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

/// The buffers of a task, for its samples.
struct Chunk<'a> {
    y: &'a mut [f32],
    gates: &'a mut [f32],
    cells: &'a mut [f32],
    scratch: &'a mut [f32],
}

impl Recurrence {
    /// The outputs of all steps, from a state of zeros: `y[t] = h[t]`.
    ///
    /// `gates` has [`kept_gates`](Recurrence::kept_gates) for each sample and is left with what [`backward`](Recurrence::backward) reads; `cells`
    /// has [`kept_cells`](Recurrence::kept_cells) likewise, or is empty where there will be no backward pass; `scratch` has
    /// [`scratch`](Recurrence::scratch) for each sample. Of an output twice as wide only the half of this direction is written.
    ///
    /// # Panics
    ///
    /// When the sizes do not fit each other.
    ///
    /// ```
    /// use nn_kernels::{Direction, Recurrence, RecurrentCell, RecurrentWeights, Team};
    ///
    /// // h = tanh(x + h / 2), over two steps.
    /// let sizes = Recurrence { cell: RecurrentCell::Rnn, steps: 2, inputs: 1, units: 1, direction: Direction::Only };
    /// let weights = RecurrentWeights { input: &[1.0], state: &[0.5], input_bias: None, state_bias: None };
    /// let (mut y, mut gates, mut scratch) = ([0.0; 2], [0.0; 2], [0.0; 2]);
    /// sizes.forward(&Team::serial(), weights, &[1.0, -1.0], &mut y, &mut gates, &mut [], &mut scratch);
    /// let first = 1.0_f32.tanh();
    /// assert!((y[0] - first).abs() < 1e-6 && (y[1] - (0.5 * first - 1.0).tanh()).abs() < 1e-6);
    /// ```
    #[allow(clippy::too_many_arguments)]
    pub fn forward(
        &self,
        team: &Team,
        weights: RecurrentWeights<'_>,
        x: &[f32],
        y: &mut [f32],
        gates: &mut [f32],
        cells: &mut [f32],
        scratch: &mut [f32],
    ) {
        let samples = rows("recurrent forward", x.len(), self.steps * self.inputs);
        if samples == 0 {
            return;
        }
        let cells_each = if cells.is_empty() { 0 } else { self.kept_cells() };
        let y = Samples::new("outputs", y, samples, self.steps * self.outputs());
        let all_gates = Samples::new("gates", gates, samples, self.kept_gates());
        let cells = Samples::new("cell states", cells, samples, cells_each);
        let scratch = Samples::new("scratch", scratch, samples, self.scratch());

        let (positions, columns) = (samples * self.steps, self.gates());
        let [x, w] = [Mat::new(x, positions, self.inputs), Mat::new(weights.input, self.inputs, columns)];
        // SAFETY: nobody else has taken any.
        let gates = unsafe { all_gates.of(0, samples) };
        let to = MatMut::with_stride(gates, positions, columns, self.width());
        matmul_nn(team, x, w, to, Epilogue { bias: weights.input_bias, ..Epilogue::default() });

        // A single step has no state before it.
        let state = Mat::new(weights.state, self.units, columns);
        let room = if self.steps > 1 { Panels::room(self.units, columns) } else { 0 };
        with_scratch(room, |room| {
            let panels = (self.steps > 1).then(|| Panels::pack(state, room));
            let chunk = self.chunk(samples);
            let tasks = samples.div_ceil(chunk);
            team.run(tasks, &|task| {
                let first = task * chunk;
                let count = chunk.min(samples - first);
                // SAFETY: these samples are this task's, and the product that wrote all gates is done.
                let chunk = unsafe {
                    Chunk {
                        y: y.of(first, count),
                        gates: all_gates.of(first, count),
                        cells: cells.of(first, count),
                        scratch: scratch.of(first, count),
                    }
                };
                self.steps_of(inside(team, tasks), panels, weights.state_bias, chunk, count);
            });
        });
    }

    /// All steps of some samples.
    fn steps_of(&self, team: &Team, state: Option<Panels<'_>>, bias: Option<&[f32]>, of: Chunk<'_>, count: usize) {
        let (units, columns, width, outputs) = (self.units, self.gates(), self.width(), self.outputs());
        let Chunk { y, gates, cells, scratch } = of;
        let (states, products) = scratch.split_at_mut(count * units * self.cell.states());
        states.fill(0.0);
        let (h, c) = states.split_at_mut(count * units);
        let isa = Isa::current();
        for step in 0..self.steps {
            match state.filter(|_| step > 0) {
                Some(state) => {
                    let to = MatMut::new(products, count, columns);
                    state.multiply(team, Mat::new(h, count, units), to, Epilogue { bias, ..Epilogue::default() });
                }
                None => match bias {
                    Some(bias) => products.chunks_exact_mut(columns).for_each(|row| row.copy_from_slice(bias)),
                    None => products.fill(0.0),
                },
            }
            let rows = h.chunks_exact_mut(units).zip(products.chunks_exact(columns)).enumerate();
            for (sample, (h, product)) in rows {
                let row = sample * self.steps + self.place(step);
                let c = if c.is_empty() { &mut [] } else { &mut c[sample * units..][..units] };
                self.cell.step(isa, &mut gates[row * width..][..width], product, h, c);
                y[row * outputs + self.offset()..][..units].copy_from_slice(h);
                if !cells.is_empty() {
                    cells[row * units..][..units].copy_from_slice(c);
                }
            }
        }
    }
}
