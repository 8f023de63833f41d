//! Four lanes: SSE2, the baseline of x86-64. No fused multiply-add.

use super::{FRACTION, Kernel, Lanes, SQRT_HALF};
use std::arch::x86_64::*;

/// The token of the baseline path: every x86-64 has these instructions.
#[derive(Clone, Copy)]
pub(crate) struct Sse2;

/// The sum of four floats: `(a + c) + (b + d)`.
#[inline(always)]
pub(super) fn total_of_four(x: __m128) -> f32 {
    // SAFETY: SSE is part of every x86-64.
    unsafe {
        let x = _mm_add_ps(x, _mm_movehl_ps(x, x));
        _mm_cvtss_f32(_mm_add_ss(x, _mm_shuffle_ps::<1>(x, x)))
    }
}

/// The largest of four floats.
#[inline(always)]
pub(super) fn largest_of_four(x: __m128) -> f32 {
    // SAFETY: as above.
    unsafe {
        let x = _mm_max_ps(x, _mm_movehl_ps(x, x));
        _mm_cvtss_f32(_mm_max_ss(x, _mm_shuffle_ps::<1>(x, x)))
    }
}

/// How many lanes are yes: the n of `mask(n)`.
#[inline(always)]
fn count(mask: __m128) -> usize {
    // SAFETY: as above.
    unsafe { _mm_movemask_ps(mask).count_ones() as usize }
}

// SAFETY (all blocks): SSE2 is part of every x86-64; pointers are as the trait's contract says.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Lanes for Sse2 {
    type Vector = __m128;
    type Mask = __m128;
    const LANES: usize = 4;
    const FREE_MASKS: bool = false;

    #[inline(always)]
    fn splat(self, value: f32) -> __m128 {
        unsafe { _mm_set1_ps(value) }
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> __m128 {
        unsafe { _mm_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, value: __m128) {
        unsafe { _mm_storeu_ps(to, value) }
    }
    #[inline(always)]
    fn mask(self, n: usize) -> __m128 {
        let lanes = unsafe { _mm_set_epi32(3, 2, 1, 0) };
        unsafe { _mm_castsi128_ps(_mm_cmplt_epi32(lanes, _mm_set1_epi32(n as i32))) }
    }
    #[inline(always)]
    unsafe fn load_masked(self, from: *const f32, mask: __m128) -> __m128 {
        // There is no masked load.
        let mut lanes = [0.0; 4];
        unsafe {
            std::ptr::copy_nonoverlapping(from, lanes.as_mut_ptr(), count(mask));
            _mm_loadu_ps(lanes.as_ptr())
        }
    }
    #[inline(always)]
    unsafe fn store_masked(self, to: *mut f32, mask: __m128, value: __m128) {
        let mut lanes = [0.0; 4];
        unsafe {
            _mm_storeu_ps(lanes.as_mut_ptr(), value);
            std::ptr::copy_nonoverlapping(lanes.as_ptr(), to, count(mask));
        }
    }
    #[inline(always)]
    fn mul_add(self, a: __m128, b: __m128, c: __m128) -> __m128 {
        unsafe { _mm_add_ps(_mm_mul_ps(a, b), c) }
    }
    #[inline(always)]
    fn add(self, a: __m128, b: __m128) -> __m128 {
        unsafe { _mm_add_ps(a, b) }
    }
    #[inline(always)]
    fn sub(self, a: __m128, b: __m128) -> __m128 {
        unsafe { _mm_sub_ps(a, b) }
    }
    #[inline(always)]
    fn mul(self, a: __m128, b: __m128) -> __m128 {
        unsafe { _mm_mul_ps(a, b) }
    }
    #[inline(always)]
    fn div(self, a: __m128, b: __m128) -> __m128 {
        unsafe { _mm_div_ps(a, b) }
    }
    #[inline(always)]
    fn sqrt(self, a: __m128) -> __m128 {
        unsafe { _mm_sqrt_ps(a) }
    }
    #[inline(always)]
    fn max(self, a: __m128, b: __m128) -> __m128 {
        unsafe { _mm_max_ps(a, b) }
    }
    #[inline(always)]
    fn min(self, a: __m128, b: __m128) -> __m128 {
        unsafe { _mm_min_ps(a, b) }
    }
    #[inline(always)]
    fn abs(self, a: __m128) -> __m128 {
        unsafe { _mm_andnot_ps(_mm_set1_ps(-0.0), a) }
    }
    #[inline(always)]
    fn copysign(self, a: __m128, b: __m128) -> __m128 {
        unsafe {
            let sign = _mm_set1_ps(-0.0);
            _mm_or_ps(_mm_andnot_ps(sign, a), _mm_and_ps(sign, b))
        }
    }
    #[inline(always)]
    fn less(self, a: __m128, b: __m128) -> __m128 {
        unsafe { _mm_cmplt_ps(a, b) }
    }
    #[inline(always)]
    fn is_nan(self, a: __m128) -> __m128 {
        unsafe { _mm_cmpunord_ps(a, a) }
    }
    #[inline(always)]
    fn select(self, mask: __m128, yes: __m128, no: __m128) -> __m128 {
        unsafe { _mm_or_ps(_mm_and_ps(mask, yes), _mm_andnot_ps(mask, no)) }
    }
    #[inline(always)]
    fn exponent_from_low_bits(self, a: __m128) -> __m128 {
        unsafe {
            let shifted = _mm_slli_epi32::<23>(_mm_castps_si128(a));
            _mm_castsi128_ps(_mm_add_epi32(shifted, _mm_castps_si128(_mm_set1_ps(1.0))))
        }
    }
    #[inline(always)]
    fn split(self, a: __m128) -> (__m128, __m128) {
        // Shifted so that the exponent steps at √½ instead of at 1.
        unsafe {
            let root = _mm_set1_epi32(SQRT_HALF);
            let shifted = _mm_sub_epi32(_mm_castps_si128(a), root);
            let fraction = _mm_add_epi32(_mm_and_si128(shifted, _mm_set1_epi32(FRACTION)), root);
            (_mm_castsi128_ps(fraction), _mm_cvtepi32_ps(_mm_srai_epi32::<23>(shifted)))
        }
    }
    #[inline(always)]
    fn total(self, [a, b, c, d]: [__m128; 4]) -> f32 {
        unsafe { total_of_four(_mm_add_ps(_mm_add_ps(a, c), _mm_add_ps(b, d))) }
    }
    #[inline(always)]
    fn largest(self, [a, b, c, d]: [__m128; 4]) -> f32 {
        unsafe { largest_of_four(_mm_max_ps(_mm_max_ps(a, c), _mm_max_ps(b, d))) }
    }
    #[inline(always)]
    fn call<K: Kernel>(self, kernel: K) -> K::Output {
        #[inline(never)]
        fn compiled<K: Kernel>(s: Sse2, kernel: K) -> K::Output {
            kernel.run(s)
        }
        compiled(self, kernel)
    }
    #[inline(always)]
    unsafe fn transpose(self, from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
        unsafe {
            let (mut a, mut b) = (_mm_loadu_ps(from), _mm_loadu_ps(from.add(from_stride)));
            let (mut c, mut d) = (_mm_loadu_ps(from.add(2 * from_stride)), _mm_loadu_ps(from.add(3 * from_stride)));
            _MM_TRANSPOSE4_PS(&mut a, &mut b, &mut c, &mut d);
            _mm_storeu_ps(to, a);
            _mm_storeu_ps(to.add(to_stride), b);
            _mm_storeu_ps(to.add(2 * to_stride), c);
            _mm_storeu_ps(to.add(3 * to_stride), d);
        }
    }
}
