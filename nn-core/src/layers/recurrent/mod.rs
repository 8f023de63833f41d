//! Recurrent layers: one frame, and what differs between the three.

mod kinds;
mod layer;
mod unit;

pub use kinds::{Gru, Lstm, Rnn};
pub use layer::{Recurrent, RecurrentGrads};
pub use unit::{Gated, LongShortTerm, Simple, Unit};
