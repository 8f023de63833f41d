//! Steps in the opposite order.

use super::cell::Step;
use super::samples::Samples;
use super::{Recurrence, RecurrentGradients, RecurrentWeights, inside, of_sample, part};
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
    /// The state that was given, of a single step; a simple recurrence looks at it for the gradient of `W_hh` alone.
    pub start: &'a [f32],
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
            start: part(self.start, sizes.state()),
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
        mut gradients: RecurrentGradients<'_>,
        scratch: RecurrentScratch<'_>,
    ) {
        let samples = rows("recurrent backward", dy.len(), self.steps * self.outputs());
        if samples == 0 {
            return;
        }
        let RecurrentScratch { gates, before, steps } = scratch;
        let of_steps = RecurrentScratch { gates: &mut *gates, before: &mut *before, steps };
        let start = gradients.start.as_deref_mut().unwrap_or_default();
        self.all_steps(team, weights.state, saved, dy, of_steps, start, samples);
        self.gradients(team, weights.input, saved.x, gates, before, samples, gradients);
    }

    /// The gradients of all gates, the states before the steps, and the gradient of the state that was given.
    #[allow(clippy::too_many_arguments)]
    fn all_steps(
        &self,
        team: &Team,
        weight: &[f32],
        saved: RecurrentSaved<'_>,
        dy: &[f32],
        scratch: RecurrentScratch<'_>,
        start: &mut [f32],
        samples: usize,
    ) {
        let RecurrentScratch { gates, before, steps } = scratch;
        let before_each = if before.is_empty() { 0 } else { self.steps * self.units };
        let gates = Samples::new("gradients of gates", gates, samples, self.kept_gates());
        let before = Samples::new("states before", before, samples, before_each);
        let steps = Samples::new("scratch", steps, samples, self.scratch());
        let multiplies = self.multiplies(start);
        let start_each = if start.is_empty() { 0 } else { self.state() };
        let start = Samples::new("gradient of the state", start, samples, start_each);
        let outputs = self.steps * self.outputs();
        let columns = self.gates();
        let room = if multiplies { Panels::room(columns, self.units) } else { 0 };
        with_scratch(room, |room| {
            let panels = multiplies.then(|| Panels::pack_transposed(Mat::new(weight, self.units, columns), room));
            let chunk = self.chunk(samples);
            let tasks = samples.div_ceil(chunk);
            team.run(tasks, &|task| {
                let first = task * chunk;
                let count = chunk.min(samples - first);
                // SAFETY: these samples are this task's.
                let (scratch, start) = unsafe {
                    let [gates, before, steps] = [&gates, &before, &steps].map(|buffer| buffer.of(first, count));
                    (RecurrentScratch { gates, before, steps }, start.of(first, count))
                };
                let (saved, dy) = (saved.of(self, first, count), part(dy, first * outputs, count * outputs));
                self.steps_back(inside(team, tasks), panels, saved, dy, scratch, start);
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
        start: &mut [f32],
    ) {
        let (units, columns, width, outputs) = (self.units, self.gates(), self.width(), self.outputs());
        let count = dy.len() / (self.steps * outputs);
        let RecurrentScratch { gates: gradients, before, steps } = scratch;
        let (states, products) = steps.split_at_mut(count * units * self.cell.states());
        states.fill(0.0);
        let (dh, dc) = states.split_at_mut(count * units);
        let isa = Isa::current();
        if self.is_step() {
            // What came for c as an output.
            for (sample, dy) in dy.chunks_exact(outputs).enumerate() {
                of_sample(dc, sample, units).copy_from_slice(&dy[units..]);
            }
        }
        let output = |row: usize| row * outputs + self.offset();
        for step in (0..self.steps).rev() {
            let begins = step == 0 && !self.is_step();
            if begins {
                // Nothing is multiplied any more: the zeros that the steps began with.
                products.fill(0.0);
            }
            for sample in 0..count {
                let row = sample * self.steps + self.place(step);
                let earlier = (step > 0).then(|| sample * self.steps + self.place(step - 1));
                let given = |state: usize| match begins {
                    true => &products[..units],
                    false => part(saved.start, (sample * self.cell.states() + state) * units, units),
                };
                let h_before = earlier.map_or_else(|| given(0), |row| part(saved.y, output(row), units));
                let of = Step {
                    gates: part(saved.gates, row * width, width),
                    h: part(saved.y, output(row), units),
                    h_before,
                    c: match self.is_step() {
                        true => part(saved.y, output(row) + outputs - units, units),
                        false => part(saved.cells, row * units, units),
                    },
                    c_before: earlier
                        .map_or_else(|| given(self.cell.states() - 1), |row| part(saved.cells, row * units, units)),
                    dy: &dy[output(row)..][..units],
                };
                let (dh, dc) = (of_sample(dh, sample, units), of_sample(dc, sample, units));
                let gradients = &mut gradients[row * width..][..width];
                self.cell.back(isa, &of, dh, dc, gradients);
                if !before.is_empty() {
                    before[row * units..][..units].copy_from_slice(h_before);
                }
                let mut to = &mut products[sample * columns..][..columns];
                for &(from, end) in self.cell.of_state().iter().take_while(|_| !begins) {
                    let (part, rest) = to.split_at_mut((end - from) * units);
                    part.copy_from_slice(&gradients[from * units..end * units]);
                    to = rest;
                }
            }
            if let Some(state) = state.filter(|_| step > 0 || !start.is_empty()) {
                let epilogue = Epilogue { accumulate: self.cell.carries(), ..Epilogue::default() };
                state.multiply(team, Mat::new(products, count, columns), MatMut::new(dh, count, units), epilogue);
            }
        }
        for (sample, to) in start.chunks_exact_mut(self.state()).enumerate() {
            let (h, c) = to.split_at_mut(units);
            h.copy_from_slice(of_sample(dh, sample, units));
            c.copy_from_slice(of_sample(dc, sample, units));
        }
    }
}
