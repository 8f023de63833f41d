//! Products of nn-kernels beside those of matrixmultiply, gemm and faer, and what the machine gives.
//!
//! ```sh
//! cd benches/peers
//! cargo bench --bench gemm -- nothing     # a table: GFLOP/s, per cent of the peak measured in the same run, ratio to the best peer
//! cargo bench --bench fused -- nothing    # every fused path beside the unfused one
//! cargo run --release --bin machine       # peak and bandwidth
//! ```

pub mod machine;
pub mod product;
pub mod turns;
