//! The built-in layers, one file each: formula, shapes, parameters, forward and backward next to each other.

mod activate;
mod activation;
mod add;
mod array;
mod batch_norm;
mod concat;
mod copy;
mod dense;
mod dropout;
mod layer_norm;
mod prelu;
mod reshape;
mod residual;
mod softmax;

pub use activate::Activate;
pub use activation::*;
pub use add::Add;
pub use batch_norm::{BatchNorm1d, BatchNorm1dGrads};
pub use concat::Concat;
pub use dense::{Dense, DenseGrads};
pub use dropout::Dropout;
pub use layer_norm::{LayerNorm, LayerNormGrads};
pub use prelu::{PRelu, PReluGrads};
pub use reshape::Reshape;
pub use residual::Residual;
pub use softmax::{LogSoftmax, Softmax};
