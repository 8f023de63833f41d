//! What a loss over classes needs of each row: its largest value, and the sum of the exponentials.

use super::softmax::{exponentials, sum_of_exponentials};
use super::{rows, same};
use crate::math::exp;
use crate::path::Isa;
use crate::vectorize::{Arithmetic, Kernel, LANES, vectorize};

/// Up to this many columns, rows lie across the lanes rather than along them: a row of 10 would leave most lanes empty, and its
/// maximum and sum would take longer than its exponentials.
const SHORT: usize = 32;

/// Operands as [`row_exponentials`] has them.
struct Rows<'a> {
    x: &'a [f32],
    cols: usize,
    keep: Option<&'a mut [f32]>,
    largest: &'a mut [f32],
    sums: &'a mut [f32],
}

struct Short<'a>(Rows<'a>);

impl Kernel for Short<'_> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Rows { x, cols, mut keep, largest, sums } = self.0;
        let mut columns = [[0.0; LANES]; SHORT];
        let columns = &mut columns[..cols];
        for (group, x) in x.chunks(LANES * cols).enumerate() {
            for (lane, row) in x.chunks_exact(cols).enumerate() {
                columns.iter_mut().zip(row).for_each(|(column, &x)| column[lane] = x);
            }
            let (mut m, mut sum) = ([f32::NEG_INFINITY; LANES], [0.0; LANES]);
            for column in &*columns {
                for (m, &x) in m.iter_mut().zip(column) {
                    *m = if x > *m { x } else { *m };
                }
            }
            for column in &mut *columns {
                for ((x, &m), sum) in column.iter_mut().zip(&m).zip(&mut sum) {
                    *x = exp::<A>(*x - m);
                    *sum += *x;
                }
            }
            let (start, count) = (group * LANES, x.len() / cols);
            largest[start..start + count].copy_from_slice(&m[..count]);
            sums[start..start + count].copy_from_slice(&sum[..count]);
            if let Some(keep) = &mut keep {
                let keep = &mut keep[start * cols..(start + count) * cols];
                for (lane, row) in keep.chunks_exact_mut(cols).enumerate() {
                    row.iter_mut().zip(&*columns).for_each(|(y, column)| *y = column[lane]);
                }
            }
        }
    }
}

struct Long<'a>(Rows<'a>);

impl Kernel for Long<'_> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Rows { x, cols, mut keep, largest, sums } = self.0;
        for (row, x) in x.chunks_exact(cols).enumerate() {
            (largest[row], sums[row]) = match &mut keep {
                Some(keep) => {
                    let keep = &mut keep[row * cols..(row + 1) * cols];
                    keep.copy_from_slice(x);
                    exponentials::<A>(keep)
                }
                None => sum_of_exponentials::<A>(x),
            };
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
    if count == 0 {
        return;
    }
    let operands = Rows { x, cols, keep, largest, sums };
    if cols <= SHORT {
        vectorize(Isa::current(), Short(operands));
    } else {
        vectorize(Isa::current(), Long(operands));
    }
}
