//! Gradients of weights, biases and inputs, once those of all gates are known.

use super::Recurrence;
use crate::scratch::with_scratch;
use crate::{Epilogue, Mat, MatMut, Team, column_sums, matmul_nt, matmul_tn};

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
    /// Of the state that was given, for a single step.
    pub start: Option<&'a mut [f32]>,
    /// Of x.
    pub x: Option<&'a mut [f32]>,
    /// Add the gradients of weights and biases to what is there.
    pub accumulate: bool,
    /// Add the gradient of x to what is there: that of the other direction.
    pub accumulate_x: bool,
}

impl Recurrence {
    /// The gradients of weights, biases and inputs from those of all gates; `before` has the state that each step began with.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn gradients(
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
        let RecurrentGradients { input, state, input_bias, state_bias, x: dx, accumulate, accumulate_x, .. } =
            gradients;
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

/// Sums to where they go.
fn put(sums: &[f32], to: &mut [f32], accumulate: bool) {
    match accumulate {
        true => to.iter_mut().zip(sums).for_each(|(to, sum)| *to += sum),
        false => to.copy_from_slice(sums),
    }
}
