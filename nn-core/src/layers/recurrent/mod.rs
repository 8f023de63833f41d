//! Recurrent layers over sequences and single steps: one frame for each, and what differs between the three kinds.

mod kinds;
mod layer;
mod step;
mod unit;

pub use kinds::{Gru, Lstm, Rnn};
pub use layer::{Recurrent, RecurrentGrads};
pub use step::{GruCell, LstmCell, RecurrentStep, RecurrentStepGrads, RnnCell};
pub use unit::{Gated, LongShortTerm, Simple, Unit};
