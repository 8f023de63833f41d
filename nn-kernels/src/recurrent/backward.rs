//! Steps in the opposite order.

use super::cell::Step;
use super::samples::Samples;
use super::{Recurrence, RecurrentGradients, RecurrentWeights, inside};
use crate::gemm::Panels;
use crate::path::Isa;
use crate::rows::rows;
use crate::scratch::with_scratch;
use crate::{Epilogue, Mat, MatMut, Team};

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

impl<'a> RecurrentSaved<'a> {
    /// What the steps of some samples read.
    fn of(self, sizes: &Recurrence, first: usize, count: usize) -> Self {
        let part = |all: &'a [f32], each: usize| part(all, first * each, count * each);
        Self {
            x: &[],
            y: part(self.y, sizes.steps * sizes.outputs()),
            gates: part(self.gates, sizes.kept_gates()),
            cells: part(self.cells, sizes.kept_cells()),
        }
    }
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
        let of_steps = RecurrentScratch { gates: &mut *gates, before: &mut *before, steps };
        self.all_steps(team, weights.state, saved, dy, of_steps, samples);
        self.gradients(team, weights.input, saved.x, gates, before, samples, gradients);
    }

    /// The gradients of all gates, and the states before the steps.
    fn all_steps(
        &self,
        team: &Team,
        weight: &[f32],
        saved: RecurrentSaved<'_>,
        dy: &[f32],
        scratch: RecurrentScratch<'_>,
        samples: usize,
    ) {
        let RecurrentScratch { gates, before, steps } = scratch;
        let before_each = if before.is_empty() { 0 } else { self.steps * self.units };
        let gates = Samples::new("gradients of gates", gates, samples, self.kept_gates());
        let before = Samples::new("states before", before, samples, before_each);
        let steps = Samples::new("scratch", steps, samples, self.scratch());
        let outputs = self.steps * self.outputs();
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
                let scratch = unsafe {
                    RecurrentScratch {
                        gates: gates.of(first, count),
                        before: before.of(first, count),
                        steps: steps.of(first, count),
                    }
                };
                let (saved, dy) = (saved.of(self, first, count), part(dy, first * outputs, count * outputs));
                self.steps_back(inside(team, tasks), panels, saved, dy, scratch);
            });
        });
    }

    /// All steps of some samples.
    fn steps_back(
        &self,
        team: &Team,
        state: Option<Panels<'_>>,
        saved: RecurrentSaved<'_>,
        dy: &[f32],
        scratch: RecurrentScratch<'_>,
    ) {
        let (units, columns, width, outputs) = (self.units, self.gates(), self.width(), self.outputs());
        let count = dy.len() / (self.steps * outputs);
        let RecurrentScratch { gates: gradients, before, steps } = scratch;
        let (states, products) = steps.split_at_mut(count * units * self.cell.states());
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
}

/// A part of a buffer, or of what is not there, since nobody looks at it, nothing.
fn part(all: &[f32], from: usize, len: usize) -> &[f32] {
    if all.is_empty() { &[] } else { &all[from..][..len] }
}
