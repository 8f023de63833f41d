//! Steps in the opposite order, then the gradients of weights and inputs.

use super::cell::Step;
use super::samples::Samples;
use super::{Recurrence, RecurrentWeights, inside};
use crate::gemm::Panels;
use crate::path::Isa;
use crate::rows::rows;
use crate::scratch::with_scratch;
use crate::{Epilogue, Mat, MatMut, Team, column_sums, matmul_nt, matmul_tn};

/// What [`Recurrence::forward`] was given and has left.
#[derive(Clone, Copy, Debug)]
pub struct RecurrentSaved<'a> {
    /// The inputs; looked at for the gradient of `W_ih` alone.
    pub x: &'a [f32],
    /// The outputs; an LSTM looks at them for the gradient of `W_hh` alone.
    pub y: &'a [f32],
    /// The gates; a simple recurrence does not look at them.
    pub gates: &'a [f32],
    /// The cell states.
    pub cells: &'a [f32],
}

/// Where the gradients go; what is `None` is not computed.
#[derive(Debug, Default)]
pub struct RecurrentGradients<'a> {
    /// Of `W_ih`.
    pub input: Option<&'a mut [f32]>,
    /// Of `W_hh`.
    pub state: Option<&'a mut [f32]>,
    /// Of `b_ih`.
    pub input_bias: Option<&'a mut [f32]>,
    /// Of `b_hh`.
    pub state_bias: Option<&'a mut [f32]>,
    /// Of x.
    pub x: Option<&'a mut [f32]>,
    /// Add the gradients of weights and biases to what is there.
    pub accumulate: bool,
    /// Add the gradient of x to what is there: that of the other direction.
    pub accumulate_x: bool,
}

/// Scratch memory of a backward pass.
#[derive(Debug)]
pub struct RecurrentScratch<'a> {
    /// The gradients of all gates: [`Recurrence::kept_gates`] for each sample.
    pub gates: &'a mut [f32],
    /// The states that the steps began with: `steps · units` for each sample, or nothing where the gradient of `W_hh` is not asked for.
    pub before: &'a mut [f32],
    /// [`Recurrence::scratch`] for each sample.
    pub steps: &'a mut [f32],
}

/// The buffers of a task, for its samples.
struct Chunk<'a> {
    saved: RecurrentSaved<'a>,
    dy: &'a [f32],
    gradients: &'a mut [f32],
    before: &'a mut [f32],
    scratch: &'a mut [f32],
}

impl Recurrence {
    /// The gradients of weights, biases and inputs from that of the outputs, `dy`. Of outputs twice as wide the half of this direction
    /// is read.
    ///
    /// # Panics
    ///
    /// When the sizes do not fit each other.
    pub fn backward(
        &self,
        team: &Team,
        weights: RecurrentWeights<'_>,
        saved: RecurrentSaved<'_>,
        dy: &[f32],
        gradients: RecurrentGradients<'_>,
        scratch: RecurrentScratch<'_>,
    ) {
        let samples = rows("recurrent backward", dy.len(), self.steps * self.outputs());
        if samples == 0 {
            return;
        }
        let RecurrentScratch { gates, before, steps } = scratch;
        self.all_steps(team, weights.state, saved, dy, samples, [gates, before, steps]);
        self.gradients(team, weights.input, saved.x, gates, before, samples, gradients);
    }

    /// The gradients of all gates, and the states before the steps.
    fn all_steps(
        &self,
        team: &Team,
        weight: &[f32],
        saved: RecurrentSaved<'_>,
        dy: &[f32],
        samples: usize,
        [gradients, before, scratch]: [&mut [f32]; 3],
    ) {
        let outputs = self.steps * self.outputs();
        let before_each = if before.is_empty() { 0 } else { self.steps * self.units };
        let gradients = Samples::new("gradients of gates", gradients, samples, self.kept_gates());
        let before = Samples::new("states before", before, samples, before_each);
        let scratch = Samples::new("scratch", scratch, samples, self.scratch());
        let columns = self.gates();
        let room = if self.steps > 1 { Panels::room(columns, self.units) } else { 0 };
        with_scratch(room, |room| {
            let panels = (self.steps > 1).then(|| Panels::pack_transposed(Mat::new(weight, self.units, columns), room));
            let chunk = self.chunk(samples);
            let tasks = samples.div_ceil(chunk);
            team.run(tasks, &|task| {
                let first = task * chunk;
                let count = chunk.min(samples - first);
                // SAFETY: these samples are this task's.
                let chunk = unsafe {
                    Chunk {
                        saved: RecurrentSaved {
                            x: &[],
                            y: part(saved.y, first * outputs, count * outputs),
                            gates: part(saved.gates, first * self.kept_gates(), count * self.kept_gates()),
                            cells: part(saved.cells, first * self.kept_cells(), count * self.kept_cells()),
                        },
                        dy: part(dy, first * outputs, count * outputs),
                        gradients: gradients.of(first, count),
                        before: before.of(first, count),
                        scratch: scratch.of(first, count),
                    }
                };
                self.steps_back(inside(team, tasks), panels, chunk, count);
            });
        });
    }

    /// All steps of some samples.
    fn steps_back(&self, team: &Team, state: Option<Panels<'_>>, of: Chunk<'_>, count: usize) {
        let (units, columns, width, outputs) = (self.units, self.gates(), self.width(), self.outputs());
        let Chunk { saved, dy, gradients, before, scratch } = of;
        let (states, products) = scratch.split_at_mut(count * units * self.cell.states());
        states.fill(0.0);
        let (dh, dc) = states.split_at_mut(count * units);
        let isa = Isa::current();
        let output = |row: usize| row * outputs + self.offset();
        for step in (0..self.steps).rev() {
            if step == 0 {
                // Nothing is multiplied any more: the zeros that the steps began with.
                products.fill(0.0);
            }
            for sample in 0..count {
                let row = sample * self.steps + self.place(step);
                let earlier = (step > 0).then(|| sample * self.steps + self.place(step - 1));
                let h_before = earlier.map_or(&products[..units], |row| part(saved.y, output(row), units));
                let of = Step {
                    gates: part(saved.gates, row * width, width),
                    h: part(saved.y, output(row), units),
                    h_before,
                    c: part(saved.cells, row * units, units),
                    c_before: earlier.map_or(&products[..units], |row| part(saved.cells, row * units, units)),
                    dy: &dy[output(row)..][..units],
                };
                let of_sample = sample * units..(sample + 1) * units;
                let dc = dc.get_mut(of_sample.clone()).unwrap_or_default();
                let gradients = &mut gradients[row * width..][..width];
                self.cell.back(isa, &of, &mut dh[of_sample], dc, gradients);
                if !before.is_empty() {
                    before[row * units..][..units].copy_from_slice(h_before);
                }
                let mut to = &mut products[sample * columns..][..columns];
                for &(from, end) in self.cell.of_state().iter().take_while(|_| step > 0) {
                    let (part, rest) = to.split_at_mut((end - from) * units);
                    part.copy_from_slice(&gradients[from * units..end * units]);
                    to = rest;
                }
            }
            if let Some(state) = state.filter(|_| step > 0) {
                let epilogue = Epilogue { accumulate: self.cell.carries(), ..Epilogue::default() };
                state.multiply(team, Mat::new(products, count, columns), MatMut::new(dh, count, units), epilogue);
            }
        }
    }

    /// Those of weights, biases and inputs, from the gradients of all gates.
    #[allow(clippy::too_many_arguments)]
    fn gradients(
        &self,
        team: &Team,
        weight: &[f32],
        x: &[f32],
        gates: &[f32],
        before: &[f32],
        samples: usize,
        gradients: RecurrentGradients<'_>,
    ) {
        let (positions, columns, width, units) = (samples * self.steps, self.gates(), self.width(), self.units);
        let RecurrentGradients { input, state, input_bias, state_bias, x: dx, accumulate, accumulate_x } = gradients;
        let epilogue = || Epilogue { accumulate, ..Epilogue::default() };
        let of_input = Mat::with_stride(gates, positions, columns, width);
        if let Some(input) = input {
            let to = MatMut::new(input, self.inputs, columns);
            matmul_tn(team, Mat::new(x, positions, self.inputs), of_input, to, epilogue());
        }
        if let Some(state) = state {
            let before = Mat::new(before, positions, units);
            let mut to = 0;
            for &(from, end) in self.cell.of_state() {
                let part = Mat::with_stride(&gates[from * units..], positions, (end - from) * units, width);
                let place = MatMut::with_stride(&mut state[to..], units, (end - from) * units, columns);
                matmul_tn(team, before, part, place, epilogue());
                to += (end - from) * units;
            }
        }
        if input_bias.is_some() || state_bias.is_some() {
            with_scratch(width, |sums| {
                column_sums(team, gates, sums, false);
                if let Some(bias) = input_bias {
                    put(&sums[..columns], bias, accumulate);
                }
                if let Some(mut bias) = state_bias {
                    for &(from, end) in self.cell.of_state() {
                        let (part, rest) = bias.split_at_mut((end - from) * units);
                        put(&sums[from * units..end * units], part, accumulate);
                        bias = rest;
                    }
                }
            });
        }
        if let Some(dx) = dx {
            let to = MatMut::new(dx, positions, self.inputs);
            let epilogue = Epilogue { accumulate: accumulate_x, ..Epilogue::default() };
            matmul_nt(team, of_input, Mat::new(weight, self.inputs, columns), to, epilogue);
        }
    }
}

/// A part of a buffer, or of what is not there, since nobody looks at it, nothing.
fn part(all: &[f32], from: usize, len: usize) -> &[f32] {
    if all.is_empty() { &[] } else { &all[from..][..len] }
}

/// Sums to where they go.
fn put(sums: &[f32], to: &mut [f32], accumulate: bool) {
    match accumulate {
        true => to.iter_mut().zip(sums).for_each(|(to, sum)| *to += sum),
        false => to.copy_from_slice(sums),
    }
}
