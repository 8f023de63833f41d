//! Recurrent layers: a state that goes from step to step.
//!
//! ```text
//! forward    x·W_ih + b_ih for all steps of all samples          one product, shared by the team
//!            for each chunk of samples                           a task, from the first step to the last:
//!              h·W_hh + b_hh, then the cell                        a serial product, then vector code a row
//! backward   for each chunk of samples                           a task, from the last step to the first:
//!              the cell's derivative, then dh = dgates·W_hhᵀ        vector code a row, then a serial product
//!            dW_ih, dW_hh, db, dx from the gradients of all gates  one product each, shared by the team
//! ```
//!
//! Threads are joined once for all steps: a step of 128 samples takes some hundred microseconds, which joins would double. What a
//! task reads again in every step, W_hh, is packed once. What it hands from step to step (h, c, the products) lies together and stays
//! in its cache, while gates and outputs of a step lie far apart, because samples come first in a batch.
//!
//! A cell is two formulas over rows (`lstm.rs`, `gru.rs`, `rnn.rs`, by `cell.rs`); nothing else knows which it is.

mod backward;
mod cell;
mod forward;
mod gradients;
mod gru;
mod lstm;
mod rnn;
mod samples;
#[cfg(test)]
mod tests;

pub use backward::{RecurrentSaved, RecurrentScratch};
pub use cell::RecurrentCell;
pub use forward::{RecurrentBuffers, RecurrentWeights};
pub use gradients::RecurrentGradients;

use crate::Team;
use std::sync::OnceLock;

/// Which way through the steps, and where the outputs of a step lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From first to last; alone.
    Only,
    /// From first to last; the outputs of the other direction follow.
    Forward,
    /// From last to first; the outputs of the other direction come before.
    Reverse,
    /// One step, from a state that is given. The output is the whole state: h, and c of an LSTM behind it.
    Step,
}

/// The sizes of a recurrent layer: `x` is `[samples, steps, inputs]`, `y` is `[samples, steps, units]`, or twice as wide where there are two
/// directions, each of which is a call of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recurrence {
    /// What a step computes.
    pub cell: RecurrentCell,
    /// Steps of a sample.
    pub steps: usize,
    /// Features of a step's input.
    pub inputs: usize,
    /// Features of the state.
    pub units: usize,
    /// Which way.
    pub direction: Direction,
}

/// Samples of a task, at most. A step's products then run at the rate of large ones, and batches of 128 are shared by four threads.
const CHUNK: usize = 32;
/// Multiply-adds below which all samples are one task.
const SMALL: usize = 50_000;

impl Recurrence {
    /// Columns of a weight.
    pub const fn gates(&self) -> usize {
        self.cell.gates() * self.units
    }

    /// Floats of a sample's gates.
    pub const fn kept_gates(&self) -> usize {
        self.steps * self.width()
    }

    /// Floats of a sample's cell states, where they are no output.
    pub const fn kept_cells(&self) -> usize {
        if self.is_step() { 0 } else { (self.cell.states() - 1) * self.steps * self.units }
    }

    /// Floats of scratch memory for a sample.
    pub const fn scratch(&self) -> usize {
        (self.cell.states() + self.cell.gates()) * self.units
    }

    /// Floats of a step's gates.
    const fn width(&self) -> usize {
        self.cell.width() * self.units
    }

    /// Floats of a step's outputs, of both directions.
    const fn outputs(&self) -> usize {
        match self.direction {
            Direction::Only => self.units,
            Direction::Forward | Direction::Reverse => 2 * self.units,
            Direction::Step => self.state(),
        }
    }

    /// Floats of a sample's state.
    const fn state(&self) -> usize {
        self.cell.states() * self.units
    }

    const fn is_step(&self) -> bool {
        matches!(self.direction, Direction::Step)
    }

    /// Where those of this direction begin.
    const fn offset(&self) -> usize {
        if matches!(self.direction, Direction::Reverse) { self.units } else { 0 }
    }

    /// Which step of the sample comes as number `step`.
    const fn place(&self, step: usize) -> usize {
        if matches!(self.direction, Direction::Reverse) { self.steps - 1 - step } else { step }
    }

    /// Whether there is a step with a state before it.
    fn multiplies(&self, start: &[f32]) -> bool {
        self.steps > 1 || !start.is_empty()
    }

    /// Panics unless a state is given where there is to be one.
    fn check_start(&self, start: &[f32], samples: usize) {
        let len = if self.is_step() { samples * self.state() } else { 0 };
        assert_eq!(start.len(), len, "the state to start from: {samples} samples of a single step have {len} values");
        assert!(self.steps == 1 || !self.is_step(), "a single step, not {}", self.steps);
    }

    /// Samples of a task: for two threads there are at least two tasks.
    fn chunk(&self, samples: usize) -> usize {
        let work = samples * self.steps * self.units * self.gates();
        let most = if work < SMALL { samples } else { CHUNK.min(samples.div_ceil(2)) };
        samples.div_ceil(samples.div_ceil(most.max(1)).max(1))
    }
}

/// The team for products inside a task: `team` itself where there is one task, which may then share them.
fn inside(team: &Team, tasks: usize) -> &Team {
    static ALONE: OnceLock<Team> = OnceLock::new();
    if tasks > 1 { ALONE.get_or_init(Team::serial) } else { team }
}

/// A part of a buffer, or of what is not there, since nobody looks at it, nothing.
fn part(all: &[f32], from: usize, len: usize) -> &[f32] {
    if all.is_empty() { &[] } else { &all[from..][..len] }
}

/// The state of a sample, or of none.
fn of_sample(all: &mut [f32], sample: usize, units: usize) -> &mut [f32] {
    if all.is_empty() { &mut [] } else { &mut all[sample * units..][..units] }
}
