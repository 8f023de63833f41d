//! Four lanes in plain Rust, for the target's baseline instructions.

use super::Lanes;

/// The token of the baseline path: everybody has these instructions.
#[derive(Clone, Copy)]
pub(crate) struct Portable;

const N: usize = 4;

impl Lanes for Portable {
    type Vector = [f32; N];
    type Mask = usize;
    const LANES: usize = N;

    #[inline(always)]
    unsafe fn zero(self) -> [f32; N] {
        [0.0; N]
    }

    #[inline(always)]
    unsafe fn splat(self, value: f32) -> [f32; N] {
        [value; N]
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> [f32; N] {
        // SAFETY: valid for N floats by the trait's contract; read without alignment.
        unsafe { from.cast::<[f32; N]>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32, value: [f32; N]) {
        // SAFETY: as `load`.
        unsafe { to.cast::<[f32; N]>().write_unaligned(value) }
    }

    #[inline(always)]
    unsafe fn mask(self, n: usize) -> usize {
        n
    }

    #[inline(always)]
    unsafe fn load_masked(self, from: *const f32, mask: usize) -> [f32; N] {
        // SAFETY: only lanes below `mask` are read.
        std::array::from_fn(|i| if i < mask { unsafe { *from.add(i) } } else { 0.0 })
    }

    #[inline(always)]
    unsafe fn store_masked(self, to: *mut f32, mask: usize, value: [f32; N]) {
        for (i, value) in value.into_iter().enumerate().take(mask) {
            // SAFETY: only lanes below `mask` are written.
            unsafe { *to.add(i) = value }
        }
    }

    #[inline(always)]
    unsafe fn mul_add(self, a: [f32; N], b: [f32; N], c: [f32; N]) -> [f32; N] {
        // Not `f32::mul_add`: without an FMA instruction that is a library call, 50 times slower.
        [a[0] * b[0] + c[0], a[1] * b[1] + c[1], a[2] * b[2] + c[2], a[3] * b[3] + c[3]]
    }

    #[inline(always)]
    unsafe fn add(self, a: [f32; N], b: [f32; N]) -> [f32; N] {
        [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]]
    }

    #[inline(always)]
    unsafe fn relu(self, value: [f32; N]) -> [f32; N] {
        value.map(|v| if v < 0.0 { 0.0 } else { v })
    }

    #[inline(always)]
    unsafe fn transpose(self, from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
        for i in 0..N {
            for j in 0..N {
                // SAFETY: both blocks are N × N by contract.
                unsafe { *to.add(j * to_stride + i) = *from.add(i * from_stride + j) }
            }
        }
    }
}
