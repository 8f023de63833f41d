//! Files: networks, checkpoints, and writing that is never seen half done.
//!
//! Networks are saved as [safetensors](https://huggingface.co/docs/safetensors) with PyTorch's names, shapes and order, so that either side
//! reads the other's files ([`save`], [`load_into`], or as methods [`Store`]). A [`Checkpoint`] is such a file with the
//! optimiser's state and the progress of training besides; a [`Rotation`] keeps the last few.
//!
//! [`Weights`] are pretrained weights from elsewhere: safetensors, PyTorch's `.pt` and `.pth`, NumPy's `.npz`, with names that [`Rename`]
//! changes and matrices that may lie the other way round. [`load_into`] and the methods of [`Store`] read these formats too.
//!
//! What comes from a file is checked completely before anything changes: a damaged or foreign file is an error that says what is wrong
//! with which tensor, never a panic and never a network that is half loaded. Files that this library writes have checksums.

mod alphas;
mod array;
mod atomic;
mod checkpoint;
mod checksums;
pub(crate) mod exact;
mod load;
mod numpy;
mod objects;
mod peft;
mod pickle;
mod rename;
mod report;
mod rotation;
mod safetensors;
mod torch;
mod weights;
mod zip;

pub use atomic::atomic_write;
pub use checkpoint::Checkpoint;
pub use exact::Exact;
pub use load::{Mode, Store, load_bytes, load_into, save, shapes, to_bytes};
pub(crate) use nn_spec::nearest;
use nn_spec::safetensors as header;
pub use nn_spec::safetensors::Dtype;
pub use peft::Adapters;
pub use rename::Rename;
pub use report::{MisShaped, MisTyped, Report};
pub use rotation::Rotation;
pub use safetensors::SafeTensors;
pub use weights::Weights;
