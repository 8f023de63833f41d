//! `Lanes`: the vector operations that kernels are written in.
//!
//! A kernel is written once, over this trait; an instruction set is a token type that implements it. A token can only be had
//! from a path that the processor has (`path.rs`), so an operation that takes one is safe to run.
//!
//! Why not loops over slices and the compiler's vectoriser? Tried: it gets 9 loops of 10 right and makes the tenth ten times
//! slower (an in-place ReLU became masked stores, a block of 16 in an array went through the stack), and it changes its mind
//! with its version. Why not the target's intrinsics everywhere? A formula would be written once for each instruction set.
//!
//! Every method is `inline(always)`: it has to dissolve into a function that carries the `#[target_feature]`s, or each
//! operation would become a call. [`Lanes::call`] and the microkernel table (`gemm/micro.rs`) are the places that enter such
//! functions.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod floats;
#[cfg(any(test, not(target_arch = "x86_64")))]
mod portable;
#[cfg(target_arch = "x86_64")]
mod sse2;
mod sweep;

pub(crate) use floats::Floats;
#[cfg(not(target_arch = "x86_64"))]
pub(crate) use portable::Portable as Baseline;
#[cfg(target_arch = "x86_64")]
pub(crate) use sse2::Sse2 as Baseline;
pub(crate) use sweep::{Elementwise, SUMS, Sums, fold, lanes_of, replace_first, sweep, sweep_in};

use crate::path::Isa;

/// The vector operations of one instruction set.
///
/// # Safety
///
/// Pointers given to loads and stores must be valid for [`LANES`](Lanes::LANES) floats, or, with a mask made by `mask(n)`,
/// for `n` floats; they need no alignment.
pub(crate) trait Lanes: Copy + Send + Sync + 'static {
    /// Some floats in a register.
    type Vector: Copy;
    /// A yes or no for each of them.
    type Mask: Copy;
    /// How many floats a vector holds: a divisor of 16.
    const LANES: usize;
    /// Whether a masked load costs no more than a whole one, and the mask no register that vectors lack.
    const FREE_MASKS: bool;

    fn splat(self, value: f32) -> Self::Vector;
    unsafe fn load(self, from: *const f32) -> Self::Vector;
    unsafe fn store(self, to: *mut f32, value: Self::Vector);
    /// Yes for the first `n` lanes, `n` from 1 to `LANES`.
    fn mask(self, n: usize) -> Self::Mask;
    /// Lanes outside the mask are 0.
    unsafe fn load_masked(self, from: *const f32, mask: Self::Mask) -> Self::Vector;
    unsafe fn store_masked(self, to: *mut f32, mask: Self::Mask, value: Self::Vector);

    /// `a * b + c`: rounded once where there is an FMA instruction, twice elsewhere.
    fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn div(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn sqrt(self, a: Self::Vector) -> Self::Vector;
    /// `a > b ? a : b`, so b where either is NaN.
    fn max(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a < b ? a : b`, so b where either is NaN.
    fn min(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn abs(self, a: Self::Vector) -> Self::Vector;
    /// The size of a with the sign of b.
    fn copysign(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a < b`, no where either is NaN.
    fn less(self, a: Self::Vector, b: Self::Vector) -> Self::Mask;
    fn is_nan(self, a: Self::Vector) -> Self::Mask;
    fn select(self, mask: Self::Mask, yes: Self::Vector, no: Self::Vector) -> Self::Vector;
    /// `bits(1.0) + (bits(a) << 23)` as a float: `2ⁿ` if the low bits of a are n, −126 ≤ n ≤ 127.
    fn exponent_from_low_bits(self, a: Self::Vector) -> Self::Vector;
    /// `(m, e)` with `a = m · 2ᵉ` and m from √½ to √2, for positive normal a.
    fn split(self, a: Self::Vector) -> (Self::Vector, Self::Vector);

    /// The sum of the sixteen floats in the first `16 / LANES` vectors, in the order of a tree: `i + (i + 8)`, then the sums
    /// `i + (i + 4)`, then 2, then 1.
    fn total(self, parts: [Self::Vector; 4]) -> f32;
    /// The largest of these sixteen floats, none of which is NaN.
    fn largest(self, parts: [Self::Vector; 4]) -> f32;

    /// Runs `kernel` in a function of its own that is compiled for this instruction set. Besides the way in, it is for parts of a
    /// kernel: one function with eight tiles in it takes far longer to compile than eight functions.
    fn call<K: Kernel>(self, kernel: K) -> K::Output;

    /// Writes the transpose of a square block of `LANES × LANES` floats with row strides `from_stride` and `to_stride`.
    unsafe fn transpose(self, from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize);
}

/// The bits of √½, for [`Lanes::split`].
const SQRT_HALF: i32 = 0x3F35_04F3;
/// The bits of a float's fraction.
const FRACTION: i32 = 0x007F_FFFF;

/// A piece of work to be compiled for every instruction set; `run` must be `inline(always)`, and so must what it calls.
pub(crate) trait Kernel {
    type Output;
    fn run<S: Lanes>(self, s: S) -> Self::Output;
}

/// Runs `kernel` with the instructions of `isa`.
#[inline]
pub(crate) fn vectorize<K: Kernel>(isa: Isa, kernel: K) -> K::Output {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512(token) => token.call(kernel),
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(token) => token.call(kernel),
        Isa::Baseline => Baseline.call(kernel),
    }
}

#[cfg(test)]
mod tests;
