//! Sixteen lanes: AVX-512.

use super::sse2::{largest_of_four, total_of_four};
use super::{FRACTION, Kernel, Lanes, SQRT_HALF};
use crate::path::Avx512;
use std::arch::x86_64::*;

// SAFETY (all blocks): the token proves that the processor has AVX-512 F and DQ; pointers are as the trait's contract says.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Lanes for Avx512 {
    type Vector = __m512;
    type Mask = __mmask16;
    const LANES: usize = 16;
    const FREE_MASKS: bool = true;

    #[inline(always)]
    fn splat(self, value: f32) -> __m512 {
        unsafe { _mm512_set1_ps(value) }
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> __m512 {
        unsafe { _mm512_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, value: __m512) {
        unsafe { _mm512_storeu_ps(to, value) }
    }
    #[inline(always)]
    fn mask(self, n: usize) -> __mmask16 {
        (0xFFFF_u32 >> (16 - n)) as __mmask16
    }
    #[inline(always)]
    unsafe fn load_masked(self, from: *const f32, mask: __mmask16) -> __m512 {
        unsafe { _mm512_maskz_loadu_ps(mask, from) }
    }
    #[inline(always)]
    unsafe fn store_masked(self, to: *mut f32, mask: __mmask16, value: __m512) {
        unsafe { _mm512_mask_storeu_ps(to, mask, value) }
    }
    #[inline(always)]
    fn mul_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_add_ps(a, b) }
    }
    #[inline(always)]
    fn sub(self, a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_sub_ps(a, b) }
    }
    #[inline(always)]
    fn mul(self, a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_mul_ps(a, b) }
    }
    #[inline(always)]
    fn div(self, a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_div_ps(a, b) }
    }
    #[inline(always)]
    fn sqrt(self, a: __m512) -> __m512 {
        unsafe { _mm512_sqrt_ps(a) }
    }
    #[inline(always)]
    fn max(self, a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_max_ps(a, b) }
    }
    #[inline(always)]
    fn min(self, a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_min_ps(a, b) }
    }
    #[inline(always)]
    fn abs(self, a: __m512) -> __m512 {
        unsafe { _mm512_andnot_ps(_mm512_set1_ps(-0.0), a) }
    }
    #[inline(always)]
    fn copysign(self, a: __m512, b: __m512) -> __m512 {
        unsafe {
            let sign = _mm512_set1_ps(-0.0);
            _mm512_or_ps(_mm512_andnot_ps(sign, a), _mm512_and_ps(sign, b))
        }
    }
    #[inline(always)]
    fn less(self, a: __m512, b: __m512) -> __mmask16 {
        unsafe { _mm512_cmp_ps_mask::<_CMP_LT_OQ>(a, b) }
    }
    #[inline(always)]
    fn is_nan(self, a: __m512) -> __mmask16 {
        unsafe { _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(a, a) }
    }
    #[inline(always)]
    fn select(self, mask: __mmask16, yes: __m512, no: __m512) -> __m512 {
        unsafe { _mm512_mask_blend_ps(mask, no, yes) }
    }
    #[inline(always)]
    fn exponent_from_low_bits(self, a: __m512) -> __m512 {
        unsafe {
            let shifted = _mm512_slli_epi32::<23>(_mm512_castps_si512(a));
            _mm512_castsi512_ps(_mm512_add_epi32(shifted, _mm512_castps_si512(_mm512_set1_ps(1.0))))
        }
    }
    #[inline(always)]
    fn split(self, a: __m512) -> (__m512, __m512) {
        // Shifted so that the exponent steps at √½ instead of at 1.
        unsafe {
            let root = _mm512_set1_epi32(SQRT_HALF);
            let shifted = _mm512_sub_epi32(_mm512_castps_si512(a), root);
            let fraction = _mm512_add_epi32(_mm512_and_si512(shifted, _mm512_set1_epi32(FRACTION)), root);
            (_mm512_castsi512_ps(fraction), _mm512_cvtepi32_ps(_mm512_srai_epi32::<23>(shifted)))
        }
    }
    #[inline(always)]
    fn total(self, [a, ..]: [__m512; 4]) -> f32 {
        unsafe {
            let x = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps::<1>(a));
            total_of_four(_mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x)))
        }
    }
    #[inline(always)]
    fn largest(self, [a, ..]: [__m512; 4]) -> f32 {
        unsafe {
            let x = _mm256_max_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps::<1>(a));
            largest_of_four(_mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x)))
        }
    }
    #[inline(always)]
    fn call<K: Kernel>(self, kernel: K) -> K::Output {
        #[inline(never)]
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
        fn compiled<K: Kernel>(s: Avx512, kernel: K) -> K::Output {
            kernel.run(s)
        }
        unsafe { compiled(self, kernel) }
    }
    #[inline(always)]
    unsafe fn transpose(self, from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
        unsafe {
            // Four groups of four columns. A register holds those columns of rows i, i + 4, i + 8, i + 12; two rounds of
            // shuffles inside its quarters turn four such registers into four rows of the transpose.
            for column in [0, 4, 8, 12] {
                macro_rules! part {
                    ($row:expr) => {
                        _mm_loadu_ps(from.add($row * from_stride + column))
                    };
                }
                macro_rules! row {
                    ($i:expr) => {{
                        let r = _mm512_castps128_ps512(part!($i));
                        let r = _mm512_insertf32x4::<1>(r, part!($i + 4));
                        let r = _mm512_insertf32x4::<2>(r, part!($i + 8));
                        _mm512_insertf32x4::<3>(r, part!($i + 12))
                    }};
                }
                let (r0, r1, r2, r3) = (row!(0), row!(1), row!(2), row!(3));
                let (t0, t1) = (_mm512_unpacklo_ps(r0, r1), _mm512_unpackhi_ps(r0, r1));
                let (t2, t3) = (_mm512_unpacklo_ps(r2, r3), _mm512_unpackhi_ps(r2, r3));
                let out = to.add(column * to_stride);
                _mm512_storeu_ps(out, _mm512_shuffle_ps::<0x44>(t0, t2));
                _mm512_storeu_ps(out.add(to_stride), _mm512_shuffle_ps::<0xEE>(t0, t2));
                _mm512_storeu_ps(out.add(2 * to_stride), _mm512_shuffle_ps::<0x44>(t1, t3));
                _mm512_storeu_ps(out.add(3 * to_stride), _mm512_shuffle_ps::<0xEE>(t1, t3));
            }
        }
    }
}
