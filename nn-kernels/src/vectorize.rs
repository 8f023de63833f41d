//! One loop, compiled for every instruction set.
//!
//! A kernel that loops over slices is a struct with its operands and a `run` in plain Rust; [`vectorize`] calls the version
//! of `run` that is compiled for the path. The compiler's vectoriser does the rest: loops must be free of branches, and sums
//! must say their own order ([`LANES`] partial sums), because the compiler may not change it.

use crate::path::Isa;

/// How many partial sums a reduction keeps, on every path: element i goes to sum `i % LANES`. So sums have the same bits on
/// every instruction set with FMA.
pub(crate) const LANES: usize = 16;

/// The arithmetic that instruction sets differ in.
pub(crate) trait Arithmetic: Copy {
    /// `a * b + c`: rounded once where there is an FMA instruction, twice elsewhere. (`f32::mul_add` without the instruction
    /// is a library call, 50 times slower.)
    fn mul_add(a: f32, b: f32, c: f32) -> f32;
}

/// With FMA.
#[derive(Clone, Copy)]
pub(crate) struct Fused;

/// Without FMA.
#[derive(Clone, Copy)]
pub(crate) struct Plain;

impl Arithmetic for Fused {
    #[inline(always)]
    fn mul_add(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }
}

impl Arithmetic for Plain {
    #[inline(always)]
    fn mul_add(a: f32, b: f32, c: f32) -> f32 {
        a * b + c
    }
}

/// A loop to be compiled for every instruction set; `run` must be `inline(always)`, and so must what it calls.
pub(crate) trait Kernel {
    type Output;
    fn run<A: Arithmetic>(self) -> Self::Output;
}

/// Runs `kernel` with the instructions of `isa`.
#[inline]
pub(crate) fn vectorize<K: Kernel>(isa: Isa, kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
    fn avx512<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Fused>()
    }
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn avx2<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Fused>()
    }
    match isa {
        // SAFETY: the token proves that the processor has the instructions.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512(_) => unsafe { avx512(kernel) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(_) => unsafe { avx2(kernel) },
        Isa::Baseline => kernel.run::<Plain>(),
    }
}

/// Adds up partial sums, in a fixed order.
#[inline(always)]
pub(crate) fn total(mut sums: [f32; LANES]) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            sums[i] += sums[i + half];
        }
        half /= 2;
    }
    sums[0]
}
