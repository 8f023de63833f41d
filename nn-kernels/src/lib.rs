//! Matrix products, activations and optimiser updates over slices.

mod activation;
mod buffer;
mod elementwise;
mod gemm;
mod lanes;
mod math;
mod path;
mod scratch;
mod team;
mod vectorize;

pub use activation::{Activation, Reads};
pub use buffer::{ALIGNMENT, Buffer};
pub use gemm::{Epilogue, Mat, MatMut, PackedB, matmul_nn, matmul_nt, matmul_packed, matmul_tn};
pub use path::{Path, PathError, VARIABLE, path, with_path};
pub use team::Team;
