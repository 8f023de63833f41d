//! Prints the peak and the bandwidth that rooflines are drawn with.

use nn_peers::machine::{bandwidth, peak};

fn main() {
    println!("kernel path `{}`", nn_kernels::path());
    for threads in [1, 2] {
        println!("{threads} thread(s): peak {:6.1} GFLOP/s, triad {:5.1} GB/s", peak(threads), bandwidth(threads));
    }
}
