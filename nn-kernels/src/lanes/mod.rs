//! `Lanes`: the few vector operations that the microkernel needs.
//!
//! The microkernel is written once over this trait; an instruction set is a token type that implements it. Everything that
//! loops over slices (activations, optimisers, rows) does without: there the compiler's own vectoriser does as well.
//!
//! Every method is `inline(always)`: it has to dissolve into a function that carries the `#[target_feature]`s, or each
//! operation would become a call.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

pub(crate) use portable::Portable;

/// The vector operations of one instruction set.
///
/// # Safety
///
/// The token's existence proves that the processor has the instructions, but every method must still be called from a
/// function compiled with them. Pointers must be valid for [`LANES`](Lanes::LANES) floats, or, with a mask made by
/// `mask(n)`, for `n` floats; they need no alignment.
pub(crate) trait Lanes: Copy + Send + Sync + 'static {
    /// Some floats in a register.
    type Vector: Copy;
    /// Which lanes a partial load or store touches.
    type Mask: Copy;
    /// How many floats a vector holds.
    const LANES: usize;

    unsafe fn zero(self) -> Self::Vector;
    unsafe fn splat(self, value: f32) -> Self::Vector;
    unsafe fn load(self, from: *const f32) -> Self::Vector;
    unsafe fn store(self, to: *mut f32, value: Self::Vector);
    /// The mask of the first `n` lanes, `n` from 1 to `LANES`.
    unsafe fn mask(self, n: usize) -> Self::Mask;
    /// Lanes outside the mask are 0.
    unsafe fn load_masked(self, from: *const f32, mask: Self::Mask) -> Self::Vector;
    unsafe fn store_masked(self, to: *mut f32, mask: Self::Mask, value: Self::Vector);
    /// `a * b + c`, rounded once where the instruction set can.
    unsafe fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    unsafe fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `max(value, 0)`; NaN stays NaN.
    unsafe fn relu(self, value: Self::Vector) -> Self::Vector;
    /// Writes the transpose of a square block of `LANES × LANES` floats with row strides `from_stride` and `to_stride`.
    unsafe fn transpose(self, from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize);
}
