//! The built-in layers, one file each: formula, shapes, parameters, forward and backward next to each other.

mod activate;
mod activation;
mod add;
mod array;
mod concat;
mod dense;
mod plain;
mod reshape;
mod residual;

pub use activate::Activate;
pub use activation::*;
pub use add::Add;
pub use concat::Concat;
pub use dense::{Dense, DenseGrads};
pub use reshape::Reshape;
pub use residual::Residual;
