//! Neural networks whose shapes are checked while the program compiles.

pub use nn_core::*;
pub use nn_macros::network;
