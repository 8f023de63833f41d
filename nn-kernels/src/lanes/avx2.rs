//! Eight lanes: AVX2 and FMA.

use super::Lanes;
use crate::path::Avx2;
use std::arch::x86_64::*;

/// Eight ones, then eight zeros: a mask for `n` lanes starts at `8 − n`.
static MASKS: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

// SAFETY (all blocks): the token proves that the processor has AVX2 and FMA; pointers are as the trait's contract says.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Lanes for Avx2 {
    type Vector = __m256;
    type Mask = __m256i;
    const LANES: usize = 8;

    #[inline(always)]
    unsafe fn zero(self) -> __m256 {
        unsafe { _mm256_setzero_ps() }
    }

    #[inline(always)]
    unsafe fn splat(self, value: f32) -> __m256 {
        unsafe { _mm256_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> __m256 {
        unsafe { _mm256_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32, value: __m256) {
        unsafe { _mm256_storeu_ps(to, value) }
    }

    #[inline(always)]
    unsafe fn mask(self, n: usize) -> __m256i {
        debug_assert!((1..=8).contains(&n));
        unsafe { _mm256_loadu_si256(MASKS.as_ptr().add(8 - n).cast()) }
    }

    #[inline(always)]
    unsafe fn load_masked(self, from: *const f32, mask: __m256i) -> __m256 {
        unsafe { _mm256_maskload_ps(from, mask) }
    }

    #[inline(always)]
    unsafe fn store_masked(self, to: *mut f32, mask: __m256i, value: __m256) {
        unsafe { _mm256_maskstore_ps(to, mask, value) }
    }

    #[inline(always)]
    unsafe fn mul_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    unsafe fn add(self, a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_add_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn relu(self, value: __m256) -> __m256 {
        // `max` gives its second operand when one is NaN.
        unsafe { _mm256_max_ps(_mm256_setzero_ps(), value) }
    }

    #[inline(always)]
    unsafe fn transpose(self, from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
        unsafe {
            // Each register holds columns 0..4 of rows i and i + 4; two rounds of shuffles inside the halves finish.
            macro_rules! row {
                ($i:expr, $half:expr) => {{
                    let low = _mm256_castps128_ps256(_mm_loadu_ps(from.add($i * from_stride + $half)));
                    _mm256_insertf128_ps::<1>(low, _mm_loadu_ps(from.add(($i + 4) * from_stride + $half)))
                }};
            }
            for half in [0, 4] {
                let (r0, r1, r2, r3) = (row!(0, half), row!(1, half), row!(2, half), row!(3, half));
                let (t0, t1) = (_mm256_unpacklo_ps(r0, r1), _mm256_unpackhi_ps(r0, r1));
                let (t2, t3) = (_mm256_unpacklo_ps(r2, r3), _mm256_unpackhi_ps(r2, r3));
                let out = to.add(half * to_stride);
                _mm256_storeu_ps(out, _mm256_shuffle_ps::<0x44>(t0, t2));
                _mm256_storeu_ps(out.add(to_stride), _mm256_shuffle_ps::<0xEE>(t0, t2));
                _mm256_storeu_ps(out.add(2 * to_stride), _mm256_shuffle_ps::<0x44>(t1, t3));
                _mm256_storeu_ps(out.add(3 * to_stride), _mm256_shuffle_ps::<0xEE>(t1, t3));
            }
        }
    }
}
