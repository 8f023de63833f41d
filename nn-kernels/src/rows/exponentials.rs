//! What a loss over classes needs of each row: its largest value, and the sum of the exponentials.

use super::softmax::{ShortRow, along, largest};
use super::{rows, same};
use crate::lanes::{Kernel, Lanes, Sums, fold, vectorize};
use crate::math::exp_flushed;
use crate::path::Isa;

/// Operands as [`row_exponentials`] has them.
struct Rows<'a> {
    x: &'a [f32],
    cols: usize,
    keep: Option<&'a mut [f32]>,
    largest: &'a mut [f32],
    sums: &'a mut [f32],
}

impl Kernel for Rows<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        match self.cols.div_ceil(S::LANES) {
            1 => self.short::<S, 1>(s),
            2 => self.short::<S, 2>(s),
            _ => self.long(s),
        }
    }
}

impl Rows<'_> {
    /// Rows of `N` vectors.
    #[inline(always)]
    fn short<S: Lanes, const N: usize>(self, s: S) {
        let Self { x, cols, mut keep, largest, sums } = self;
        let last = cols - (N - 1) * S::LANES;
        for (row, x) in x.chunks_exact(cols).enumerate() {
            // SAFETY: a row has `N − 1` whole vectors and `last` lanes; it is only read.
            unsafe {
                let short = ShortRow::<S, N> { s, row: x.as_ptr().cast_mut(), last };
                let (m, y, sum) = short.exponentials(short.load());
                (largest[row], sums[row]) = (m, sum);
                if let Some(keep) = &mut keep {
                    let row = keep[row * cols..][..cols].as_mut_ptr();
                    ShortRow::<S, N> { s, row, last }.store(y);
                }
            }
        }
    }

    #[inline(always)]
    fn long<S: Lanes>(self, s: S) {
        let Self { x, cols, mut keep, largest: to_largest, sums } = self;
        for (row, x) in x.chunks_exact(cols).enumerate() {
            let (x, mut sum) = (x.as_ptr(), Sums::new(s, 0.0));
            // SAFETY: the row's elements.
            unsafe {
                let m = largest(s, x, cols);
                if let Some(keep) = &mut keep {
                    let keep = keep[row * cols..][..cols].as_mut_ptr();
                    along!(s, cols, keep, x = x => exp_flushed(x - m));
                }
                fold!(s, sum, cols, (sum, x = x) => sum + exp_flushed(x - m));
                (to_largest[row], sums[row]) = (m, sum.total());
            }
        }
    }
}

/// For each row of `cols` elements its largest value m and `Σᵢ exp(xᵢ − m)`, and with `keep` the exponentials of the sum.
/// `m + ln Σ` is the logarithm of the sum of the exponentials of x, and does not overflow for any finite x.
///
/// The result for a row does not depend on what else is in the batch, nor on `keep`. NaN in a row makes its sum NaN.
///
/// # Panics
///
/// When the lengths do not fit, as in all functions here.
///
/// ```
/// use nn_kernels::row_exponentials;
///
/// let (mut kept, mut largest, mut sums) = ([0.0; 4], [0.0; 2], [0.0; 2]);
/// row_exponentials(&[1e4, 1e4, -1e4, 1e4], 2, Some(&mut kept), &mut largest, &mut sums);
/// assert_eq!((kept, largest, sums), ([1.0, 1.0, 0.0, 1.0], [1e4, 1e4], [2.0, 1.0]));
/// ```
pub fn row_exponentials(x: &[f32], cols: usize, keep: Option<&mut [f32]>, largest: &mut [f32], sums: &mut [f32]) {
    let count = rows("row_exponentials", x.len(), cols);
    same("row_exponentials", largest.len(), count);
    same("row_exponentials", sums.len(), count);
    if let Some(keep) = &keep {
        same("row_exponentials", keep.len(), x.len());
    }
    if count > 0 {
        vectorize(Isa::current(), Rows { x, cols, keep, largest, sums });
    }
}
