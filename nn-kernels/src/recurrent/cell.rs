//! The three cells behind one face.

use super::{gru, lstm, rnn};
use crate::path::Isa;

/// What a step computes from the projections of its input and of the state before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecurrentCell {
    /// `h = tanh(a)`.
    Rnn,
    /// Gates i, f, g, o: `c = σ(f) · c + σ(i) · tanh(g)`, `h = σ(o) · tanh(c)`.
    Lstm,
    /// Gates r, z, n: `h = (1 − z) · n + z · h` with `n = tanh(W_in·x + b_in + r · (W_hn·h + b_hn))`.
    Gru,
}

impl RecurrentCell {
    /// The number of gates: the columns of a weight for each unit.
    pub const fn gates(self) -> usize {
        match self {
            Self::Rnn => 1,
            Self::Gru => 3,
            Self::Lstm => 4,
        }
    }

    /// What a step leaves for the backward pass, for each unit: the gates, and for a GRU `W_hn·h + b_hn` behind them. The gradients of a
    /// step lie in the same places.
    pub(super) const fn width(self) -> usize {
        match self {
            Self::Rnn => 1,
            Self::Gru | Self::Lstm => 4,
        }
    }

    /// What goes from step to step, for each unit: h, and c of an LSTM.
    pub const fn states(self) -> usize {
        if matches!(self, Self::Lstm) { 2 } else { 1 }
    }

    /// Whether the derivative is computed from the gates.
    pub const fn reads_gates(self) -> bool {
        !matches!(self, Self::Rnn)
    }

    /// Whether the derivative is computed from the outputs; the gradient of `W_hh` always is.
    pub const fn reads_outputs(self) -> bool {
        !matches!(self, Self::Lstm)
    }

    /// Which gradients of a row belong to the projection of the state, in the order of its columns: ranges of gates. The projection of
    /// the input has the first ones, without a gap.
    pub(super) const fn of_state(self) -> &'static [(usize, usize)] {
        match self {
            Self::Rnn => &[(0, 1)],
            Self::Lstm => &[(0, 4)],
            Self::Gru => &[(0, 2), (3, 4)],
        }
    }

    /// Whether h goes into the next one by itself too, and not through the gates alone.
    pub(super) const fn carries(self) -> bool {
        matches!(self, Self::Gru)
    }

    /// A step of one sample: h (and c) from those of the step before and the two projections. That of the input lies where the gates go.
    pub(super) fn step(self, isa: Isa, gates: &mut [f32], state: &[f32], h: &mut [f32], c: &mut [f32]) {
        match self {
            Self::Rnn => rnn::step(isa, gates, state, h),
            Self::Lstm => lstm::step(isa, gates, state, h, c),
            Self::Gru => gru::step(isa, gates, state, h),
        }
    }

    /// The gradients of a step's gates. `dh` and `dc` are those that the step behind has for h and c, and become what the step before gets from
    /// this one, of h only what does not go through the gates.
    pub(super) fn back(self, isa: Isa, of: &Step<'_>, dh: &mut [f32], dc: &mut [f32], gradients: &mut [f32]) {
        match self {
            Self::Rnn => rnn::back(isa, of, dh, gradients),
            Self::Lstm => lstm::back(isa, of, dh, dc, gradients),
            Self::Gru => gru::back(isa, of, dh, gradients),
        }
    }
}

/// A step of one sample, as the derivative reads it; what a cell does not look at may be empty.
pub(super) struct Step<'a> {
    pub gates: &'a [f32],
    pub h: &'a [f32],
    pub h_before: &'a [f32],
    pub c: &'a [f32],
    pub c_before: &'a [f32],
    /// The gradient of the output.
    pub dy: &'a [f32],
}

/// A row as `N` equal parts.
pub(super) fn parts<const N: usize>(row: &[f32]) -> [&[f32]; N] {
    let len = row.len() / N;
    std::array::from_fn(|i| &row[i * len..][..len])
}

/// A row as `N` equal parts.
pub(super) fn parts_mut<const N: usize>(row: &mut [f32]) -> [&mut [f32]; N] {
    let mut parts = row.chunks_exact_mut((row.len() / N).max(1));
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}
