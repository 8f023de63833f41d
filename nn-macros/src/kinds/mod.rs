//! The built-in kinds of layers: what they are called, which arguments they take, which shape they give.
//!
//! A kind is one entry of [`kind`] and a function in a file of this folder that plans a line of it.

mod activation;
mod args;
mod attention;
mod axes;
mod cell;
mod conv;
mod conv_transpose;
mod dense;
mod dropout;
mod elsewhere;
mod interval;
mod lora;
mod merge;
mod norm;
mod permute;
mod planner;
mod pool;
mod recurrent;
mod reshape;
mod resize;
mod select;
mod tokens;
mod usage;
mod window;

pub use activation::{Elementwise, find as find_activation, names as activation_names, plan_elementwise, plan_rowwise};
pub use args::{Form, Param, Resolved};
pub use axes::Axes;
pub use elsewhere::{elsewhere, in_words};
pub use interval::Interval;
pub use lora::Lora;
pub use planner::Planner;
pub use usage::no_arguments;

use crate::model::{Op, Shape};

/// A built-in kind.
pub struct Kind {
    /// As users write it.
    pub name: &'static str,
    /// The arguments, in positional order.
    pub params: &'static [Param],
    /// How many values it takes.
    pub takes: Takes,
    /// Whether it looks at the element of what it takes itself: it may be tokens (`u32`).
    pub tokens: bool,
    /// Whether an elementwise activation behind it is computed in the same pass.
    pub fuses: bool,
    /// Which dimension of a sequence that it gives is time.
    pub axes: Axes,
    /// Plans a line: `None` after a mistake, which it has reported.
    pub plan: fn(&mut Planner<'_>) -> Option<Plan>,
}

/// How many values a kind takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Exactly one.
    One,
    /// From 2 to 8.
    Several,
    /// An input and a state.
    Step,
}

/// What a line is, once planned.
pub struct Plan {
    /// The shapes it takes its sources in.
    pub takes: Vec<Shape>,
    /// What it gives.
    pub gives: Shape,
    /// What it does.
    pub op: Op,
}

impl Plan {
    /// A line that cannot be made after a mistake, with what is known of the shape that it was meant to give.
    pub fn broken(gives: Shape) -> Self {
        Self { takes: vec![Shape::Unknown], gives, op: Op::Broken }
    }
}

const KINDS: &[&Kind] = &[
    &dense::DENSE,
    &conv::CONV2D,
    &conv::CONV1D,
    &conv_transpose::CONV_TRANSPOSE2D,
    &pool::MAX_POOL2D,
    &pool::AVG_POOL2D,
    &pool::GLOBAL_AVG_POOL2D,
    &pool::ADAPTIVE_AVG_POOL2D,
    &pool::MAX_POOL1D,
    &pool::AVG_POOL1D,
    &pool::GLOBAL_AVG_POOL1D,
    &pool::ADAPTIVE_AVG_POOL1D,
    &resize::ZERO_PAD2D,
    &resize::UPSAMPLE,
    &dropout::DROPOUT,
    &dropout::DROPOUT2D,
    &reshape::FLATTEN,
    &reshape::RESHAPE,
    &permute::PERMUTE,
    &norm::LAYER_NORM,
    &norm::RMS_NORM,
    &norm::GROUP_NORM,
    &norm::BATCH_NORM1D,
    &norm::BATCH_NORM2D,
    &norm::PRELU,
    &tokens::EMBEDDING,
    &tokens::POSITION_EMBEDDING,
    &select::FIRST,
    &select::LAST,
    &attention::MULTI_HEAD_ATTENTION,
    &recurrent::LSTM,
    &recurrent::GRU,
    &recurrent::RNN,
    &cell::LSTM_CELL,
    &cell::GRU_CELL,
    &cell::RNN_CELL,
    &merge::ADD,
    &merge::CONCAT,
];

/// The kind of this name.
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name).copied()
}

/// The names of all kinds, activations included.
pub fn names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name).chain(activation_names()).chain(["Residual", "Sequential"])
}
