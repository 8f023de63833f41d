//! Files: networks, checkpoints, and writing that is never seen half done.
//!
//! Networks are saved as [safetensors](https://huggingface.co/docs/safetensors) with PyTorch's names, shapes and order, so that either side
//! reads the other's files ([`save`], [`load_into`], or as methods [`Store`]). A [`Checkpoint`] is such a file with the
//! optimiser's state and the progress of training besides; a [`Rotation`] keeps the last few.
//!
//! What comes from a file is checked completely before anything changes: a damaged or foreign file is an error that says what is wrong
//! with which tensor, never a panic and never a network that is half loaded. Files that this library writes have checksums.

mod atomic;
mod checkpoint;
mod checksums;
mod dtype;
mod exact;
mod foreign;
mod header;
mod load;
pub(crate) mod nearest;
mod report;
mod rotation;
mod safetensors;

pub use atomic::atomic_write;
pub use checkpoint::Checkpoint;
pub use dtype::Dtype;
pub use exact::Exact;
pub use load::{Mode, Store, load_bytes, load_into, save, shapes, to_bytes};
pub use report::{MisShaped, MisTyped, Report};
pub use rotation::Rotation;
pub use safetensors::SafeTensors;
