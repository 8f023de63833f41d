//! Layers, losses, optimisers, training, data and storage of the nn library.
#![forbid(unsafe_code)]

mod batch;
pub mod check;
mod context;
pub mod data;
mod error;
pub mod expand;
pub mod init;
mod layer;
pub mod layers;
pub mod loss;
mod memory;
pub mod metrics;
mod network;
mod parameters;
mod path;
mod prepared;
pub mod random;
mod sample;
pub mod schedule;
mod several;
pub mod storage;
mod summary;
mod table;
mod tensor;
mod value;
mod workspace;

pub use batch::Batch;
pub use context::Context;
pub use error::{Error, Result};
pub use layer::{Layer, LogProbabilities, Meaning, Mut, Probabilities, Reads, Ref, Row, Saved, Scores};
pub use loss::{Accepts, Loss};
pub use memory::{Arena, Memory, Size, Tape, samples_in};
pub use metrics::{Better, Measure, Metric};
pub use network::Network;
pub use nn_kernels::Team;
pub use nn_spec::Shape;
pub use parameters::{Each, EachMut, EachPair, Parameters, Role};
pub use path::Path;
pub use prepared::Prepared;
pub use sample::{Element, Sample, view, view_mut};
pub use storage::Store;
pub use summary::{Summary, summary, summary_of_part};
pub use tensor::{Layout, Tensor};
pub use value::Value;
pub use workspace::{Forward, Scored, Workspace};
