//! Eight lanes: AVX2 and FMA.

use super::sse2::{largest_of_four, total_of_four};
use super::{FRACTION, Kernel, Lanes, SQRT_HALF};
use crate::path::Avx2;
use std::arch::x86_64::*;
use std::sync::atomic::{Ordering, compiler_fence};

/// Eight ones, then eight zeros: a mask for `n` lanes starts at `8 − n`.
static MASKS: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

// SAFETY (all blocks): the token proves that the processor has AVX2 and FMA; pointers are as the trait's contract says.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Lanes for Avx2 {
    type Vector = __m256;
    type Mask = __m256i;
    const LANES: usize = 8;
    const FREE_MASKS: bool = false;

    #[inline(always)]
    fn splat(self, value: f32) -> __m256 {
        unsafe { _mm256_set1_ps(value) }
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> __m256 {
        unsafe { _mm256_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, value: __m256) {
        // The compiler would turn "load, select, store to the same place" into a masked store, which is ten times slower on
        // AMD's processors. A fence for the compiler alone (no instruction) hides that the place is the same.
        compiler_fence(Ordering::SeqCst);
        unsafe { _mm256_storeu_ps(to, value) }
    }
    #[inline(always)]
    fn mask(self, n: usize) -> __m256i {
        assert!(n <= 8);
        unsafe { _mm256_loadu_si256(MASKS.as_ptr().add(8 - n).cast()) }
    }
    #[inline(always)]
    unsafe fn load_masked(self, from: *const f32, mask: __m256i) -> __m256 {
        unsafe { _mm256_maskload_ps(from, mask) }
    }
    #[inline(always)]
    unsafe fn store_masked(self, to: *mut f32, mask: __m256i, value: __m256) {
        // The processor's masked store takes 12 cycles on AMD.
        unsafe {
            let n = _mm256_movemask_ps(_mm256_castsi256_ps(mask)).count_ones();
            if n == 8 {
                return self.store(to, value);
            }
            let (mut rest, mut to) = (_mm256_castps256_ps128(value), to);
            if n & 4 != 0 {
                _mm_storeu_ps(to, rest);
                (rest, to) = (_mm256_extractf128_ps::<1>(value), to.add(4));
            }
            if n & 2 != 0 {
                _mm_storel_pd(to.cast(), _mm_castps_pd(rest));
                (rest, to) = (_mm_movehl_ps(rest, rest), to.add(2));
            }
            if n & 1 != 0 {
                _mm_store_ss(to, rest);
            }
        }
    }
    #[inline(always)]
    fn mul_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn add(self, a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_add_ps(a, b) }
    }
    #[inline(always)]
    fn sub(self, a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_sub_ps(a, b) }
    }
    #[inline(always)]
    fn mul(self, a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_mul_ps(a, b) }
    }
    #[inline(always)]
    fn div(self, a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_div_ps(a, b) }
    }
    #[inline(always)]
    fn sqrt(self, a: __m256) -> __m256 {
        unsafe { _mm256_sqrt_ps(a) }
    }
    #[inline(always)]
    fn max(self, a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_max_ps(a, b) }
    }
    #[inline(always)]
    fn min(self, a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_min_ps(a, b) }
    }
    #[inline(always)]
    fn abs(self, a: __m256) -> __m256 {
        unsafe { _mm256_andnot_ps(_mm256_set1_ps(-0.0), a) }
    }
    #[inline(always)]
    fn copysign(self, a: __m256, b: __m256) -> __m256 {
        unsafe {
            let sign = _mm256_set1_ps(-0.0);
            _mm256_or_ps(_mm256_andnot_ps(sign, a), _mm256_and_ps(sign, b))
        }
    }
    #[inline(always)]
    fn less(self, a: __m256, b: __m256) -> __m256i {
        unsafe { _mm256_castps_si256(_mm256_cmp_ps::<_CMP_LT_OQ>(a, b)) }
    }
    #[inline(always)]
    fn is_nan(self, a: __m256) -> __m256i {
        unsafe { _mm256_castps_si256(_mm256_cmp_ps::<_CMP_UNORD_Q>(a, a)) }
    }
    #[inline(always)]
    fn select(self, mask: __m256i, yes: __m256, no: __m256) -> __m256 {
        unsafe { _mm256_blendv_ps(no, yes, _mm256_castsi256_ps(mask)) }
    }
    #[inline(always)]
    fn exponent_from_low_bits(self, a: __m256) -> __m256 {
        unsafe {
            let shifted = _mm256_slli_epi32::<23>(_mm256_castps_si256(a));
            _mm256_castsi256_ps(_mm256_add_epi32(shifted, _mm256_castps_si256(_mm256_set1_ps(1.0))))
        }
    }
    #[inline(always)]
    fn split(self, a: __m256) -> (__m256, __m256) {
        // Shifted so that the exponent steps at √½ instead of at 1.
        unsafe {
            let root = _mm256_set1_epi32(SQRT_HALF);
            let shifted = _mm256_sub_epi32(_mm256_castps_si256(a), root);
            let fraction = _mm256_add_epi32(_mm256_and_si256(shifted, _mm256_set1_epi32(FRACTION)), root);
            (_mm256_castsi256_ps(fraction), _mm256_cvtepi32_ps(_mm256_srai_epi32::<23>(shifted)))
        }
    }
    #[inline(always)]
    fn total(self, [a, b, ..]: [__m256; 4]) -> f32 {
        unsafe {
            let x = _mm256_add_ps(a, b);
            total_of_four(_mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x)))
        }
    }
    #[inline(always)]
    fn largest(self, [a, b, ..]: [__m256; 4]) -> f32 {
        unsafe {
            let x = _mm256_max_ps(a, b);
            largest_of_four(_mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x)))
        }
    }
    #[inline(always)]
    fn call<K: Kernel>(self, kernel: K) -> K::Output {
        #[inline(never)]
        #[target_feature(enable = "avx2,fma")]
        fn compiled<K: Kernel>(s: Avx2, kernel: K) -> K::Output {
            kernel.run(s)
        }
        unsafe { compiled(self, kernel) }
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
