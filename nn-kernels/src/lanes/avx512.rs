//! Sixteen lanes: AVX-512.

use super::Lanes;
use crate::path::Avx512;
use std::arch::x86_64::*;

// SAFETY (all blocks): the token proves that the processor has AVX-512 F; pointers are as the trait's contract says.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Lanes for Avx512 {
    type Vector = __m512;
    type Mask = __mmask16;
    const LANES: usize = 16;

    #[inline(always)]
    unsafe fn zero(self) -> __m512 {
        unsafe { _mm512_setzero_ps() }
    }

    #[inline(always)]
    unsafe fn splat(self, value: f32) -> __m512 {
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
    unsafe fn mask(self, n: usize) -> __mmask16 {
        debug_assert!((1..=16).contains(&n));
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
    unsafe fn mul_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    unsafe fn add(self, a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_add_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn relu(self, value: __m512) -> __m512 {
        // `max` gives its second operand when one is NaN.
        unsafe { _mm512_max_ps(_mm512_setzero_ps(), value) }
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
