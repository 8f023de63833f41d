//! Four lanes in plain Rust: the baseline where there is no file of its own.

use super::{FRACTION, Kernel, Lanes, SQRT_HALF};
use std::array::from_fn;

/// The token of the baseline path: everybody has these instructions.
#[derive(Clone, Copy)]
pub(crate) struct Portable;

const N: usize = 4;

impl Lanes for Portable {
    type Vector = [f32; N];
    type Mask = [bool; N];
    const LANES: usize = N;
    const FREE_MASKS: bool = false;

    #[inline(always)]
    fn splat(self, value: f32) -> [f32; N] {
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
    fn mask(self, n: usize) -> [bool; N] {
        from_fn(|i| i < n)
    }
    #[inline(always)]
    unsafe fn load_masked(self, from: *const f32, mask: [bool; N]) -> [f32; N] {
        // SAFETY: only lanes of the mask are read.
        from_fn(|i| if mask[i] { unsafe { *from.add(i) } } else { 0.0 })
    }
    #[inline(always)]
    unsafe fn store_masked(self, to: *mut f32, mask: [bool; N], value: [f32; N]) {
        for i in 0..N {
            if mask[i] {
                // SAFETY: only lanes of the mask are written.
                unsafe { *to.add(i) = value[i] }
            }
        }
    }
    #[inline(always)]
    fn mul_add(self, a: [f32; N], b: [f32; N], c: [f32; N]) -> [f32; N] {
        // Not `f32::mul_add`: without an FMA instruction that is a library call, 50 times slower.
        from_fn(|i| a[i] * b[i] + c[i])
    }
    #[inline(always)]
    fn add(self, a: [f32; N], b: [f32; N]) -> [f32; N] {
        from_fn(|i| a[i] + b[i])
    }
    #[inline(always)]
    fn sub(self, a: [f32; N], b: [f32; N]) -> [f32; N] {
        from_fn(|i| a[i] - b[i])
    }
    #[inline(always)]
    fn mul(self, a: [f32; N], b: [f32; N]) -> [f32; N] {
        from_fn(|i| a[i] * b[i])
    }
    #[inline(always)]
    fn div(self, a: [f32; N], b: [f32; N]) -> [f32; N] {
        from_fn(|i| a[i] / b[i])
    }
    #[inline(always)]
    fn sqrt(self, a: [f32; N]) -> [f32; N] {
        a.map(f32::sqrt)
    }
    #[inline(always)]
    fn max(self, a: [f32; N], b: [f32; N]) -> [f32; N] {
        from_fn(|i| if a[i] > b[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    fn min(self, a: [f32; N], b: [f32; N]) -> [f32; N] {
        from_fn(|i| if a[i] < b[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    fn abs(self, a: [f32; N]) -> [f32; N] {
        a.map(f32::abs)
    }
    #[inline(always)]
    fn copysign(self, a: [f32; N], b: [f32; N]) -> [f32; N] {
        from_fn(|i| a[i].copysign(b[i]))
    }
    #[inline(always)]
    fn less(self, a: [f32; N], b: [f32; N]) -> [bool; N] {
        from_fn(|i| a[i] < b[i])
    }
    #[inline(always)]
    fn is_nan(self, a: [f32; N]) -> [bool; N] {
        a.map(f32::is_nan)
    }
    #[inline(always)]
    fn select(self, mask: [bool; N], yes: [f32; N], no: [f32; N]) -> [f32; N] {
        from_fn(|i| if mask[i] { yes[i] } else { no[i] })
    }
    #[inline(always)]
    fn exponent_from_low_bits(self, a: [f32; N]) -> [f32; N] {
        a.map(|a| f32::from_bits((a.to_bits() << 23).wrapping_add(1.0_f32.to_bits())))
    }
    #[inline(always)]
    fn split(self, a: [f32; N]) -> ([f32; N], [f32; N]) {
        // Shifted so that the exponent steps at √½ instead of at 1.
        let shifted = a.map(|a| (a.to_bits() as i32).wrapping_sub(SQRT_HALF));
        let fraction = shifted.map(|bits| f32::from_bits((bits & FRACTION).wrapping_add(SQRT_HALF) as u32));
        (fraction, shifted.map(|bits| (bits >> 23) as f32))
    }
    #[inline(always)]
    fn total(self, [a, b, c, d]: [[f32; N]; 4]) -> f32 {
        let [a, b, c, d] = self.add(self.add(a, c), self.add(b, d));
        (a + c) + (b + d)
    }
    #[inline(always)]
    fn largest(self, [a, b, c, d]: [[f32; N]; 4]) -> f32 {
        let [a, b, c, d] = self.max(self.max(a, c), self.max(b, d));
        a.max(c).max(b.max(d))
    }
    #[inline(always)]
    fn call<K: Kernel>(self, kernel: K) -> K::Output {
        #[inline(never)]
        fn compiled<K: Kernel>(s: Portable, kernel: K) -> K::Output {
            kernel.run(s)
        }
        compiled(self, kernel)
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
