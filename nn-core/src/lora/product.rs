//! What `Dense` and `Conv2d` have in common: a linear map with a weight that lies as `[depth, outputs]`.

use crate::Context;
use nn_kernels::{Conv, ConvEpilogue, Epilogue, Mat, MatMut, Team};

/// A linear map of samples, as the kernels see it: everything lies row by row, images channels-last.
#[derive(Clone, Copy, Debug)]
pub enum Product {
    /// The rows of a sample times a matrix `[inputs, outputs]`.
    Rows {
        /// Rows in a sample.
        positions: usize,
        /// Columns of a row.
        inputs: usize,
        /// Columns of a row of the output.
        outputs: usize,
    },
    /// A convolution.
    Window(Conv),
}

impl Product {
    /// The same with another number of outputs: what a low-rank factor A computes.
    pub(super) const fn with_outputs(self, outputs: usize) -> Self {
        match self {
            Self::Rows { positions, inputs, .. } => Self::Rows { positions, inputs, outputs },
            Self::Window(conv) => Self::Window(Conv { output: [conv.output[0], conv.output[1], outputs], ..conv }),
        }
    }

    /// Rows of the output of one sample.
    pub(super) const fn positions(self) -> usize {
        match self {
            Self::Rows { positions, .. } => positions,
            Self::Window(conv) => conv.output[0] * conv.output[1],
        }
    }

    /// Columns of the output.
    pub(super) const fn outputs(self) -> usize {
        match self {
            Self::Rows { outputs, .. } => outputs,
            Self::Window(conv) => conv.output[2],
        }
    }

    /// Products for one element of the output.
    pub(super) const fn depth(self) -> usize {
        match self {
            Self::Rows { inputs, .. } => inputs,
            Self::Window(conv) => conv.weight_len() / conv.output[2],
        }
    }

    /// Whether the channels are cut into groups.
    pub(super) const fn is_grouped(self) -> bool {
        matches!(self, Self::Window(conv) if conv.groups != 1)
    }

    /// The most that a product of two factors can be of use for.
    pub(super) const fn largest_rank(self) -> usize {
        if self.depth() < self.outputs() { self.depth() } else { self.outputs() }
    }

    /// Scratch memory of `weights`.
    pub(super) const fn weights_scratch(self) -> usize {
        match self {
            Self::Rows { .. } => 0,
            Self::Window(conv) => conv.weights_scratch(),
        }
    }

    /// Scratch memory of `input`.
    pub(super) const fn input_scratch(self) -> usize {
        match self {
            Self::Rows { .. } => 0,
            Self::Window(conv) => conv.input_scratch(),
        }
    }

    /// y = x ∗ w + bias.
    pub(super) fn forward(self, team: &Team, x: &[f32], w: &[f32], bias: Option<&[f32]>, y: &mut [f32]) {
        match self {
            Self::Rows { inputs, outputs, .. } => {
                let (x, w) = (rows(x, inputs), Mat::new(w, inputs, outputs));
                nn_kernels::matmul_nn(team, x, w, rows_mut(y, outputs), Epilogue { bias, ..Epilogue::default() });
            }
            Self::Window(conv) => {
                nn_kernels::conv_forward(team, &conv, x, w, ConvEpilogue { bias, ..ConvEpilogue::default() }, y);
            }
        }
    }

    /// The gradient of w, added to what is there when `cx.accumulate`.
    pub(super) fn weights(self, cx: &mut Context<'_>, x: &[f32], dy: &[f32], dw: &mut [f32]) {
        match self {
            Self::Rows { inputs, outputs, .. } => {
                let epilogue = Epilogue { accumulate: cx.accumulate, ..Epilogue::default() };
                let dw = MatMut::new(dw, inputs, outputs);
                nn_kernels::matmul_tn(cx.team, rows(x, inputs), rows(dy, outputs), dw, epilogue);
            }
            Self::Window(conv) => {
                let scratch = cx.floats(conv.weights_scratch());
                nn_kernels::conv_backward_weights(cx.team, &conv, x, dy, dw, scratch, cx.accumulate);
            }
        }
    }

    /// The gradient of x.
    pub(super) fn input(self, cx: &mut Context<'_>, dy: &[f32], w: &[f32], dx: &mut [f32]) {
        match self {
            Self::Rows { inputs, outputs, .. } => {
                let (dy, w) = (rows(dy, outputs), Mat::new(w, inputs, outputs));
                nn_kernels::matmul_nt(cx.team, dy, w, rows_mut(dx, inputs), Epilogue::default());
            }
            Self::Window(conv) => {
                let scratch = cx.floats(conv.input_scratch());
                nn_kernels::conv_backward_input(cx.team, &conv, dy, w, scratch, dx);
            }
        }
    }
}

/// A slice as rows of `columns`.
pub(super) fn rows(values: &[f32], columns: usize) -> Mat<'_> {
    Mat::new(values, values.len() / columns, columns)
}

/// A slice as rows of `columns`, to be written.
pub(super) fn rows_mut(values: &mut [f32], columns: usize) -> MatMut<'_> {
    let count = values.len() / columns;
    MatMut::new(values, count, columns)
}
