//! Mean and variance of columns.
//!
//! Where a mean is large beside the spread, the error of a sum is not small beside it: a mean of 10.1 that is off by one millionth, over values
//! that are all the same, is a deviation which the normalisation blows up. So the deviations from a mean are summed with their squares: what
//! is left of them is what the mean was off by. (Chan, Golub and LeVeque, "Algorithms for Computing the Sample Variance: Analysis and
//! Recommendations", 1983, give the corrected two-pass algorithm.)

use super::columns::{At, Summand, Values, sum_in_order};
use super::rows;
use crate::Team;
use crate::lanes::{Floats, Lanes};
use crate::path::Isa;
use crate::scratch::with_scratch;

/// Elements of a chunk of [`moments`]: read twice, so they should stay in the nearest caches.
const CHUNK: usize = 8 << 10;
/// The least rows of a chunk.
const LEAST_ROWS: usize = 256;

/// Squares of deviations from a value for each column, and the deviations.
#[derive(Clone, Copy)]
pub(super) struct Deviations<'a>(pub(super) &'a [f32], pub(super) &'a [f32]);

impl Summand for Deviations<'_> {
    const TWO: bool = true;
    #[inline(always)]
    unsafe fn add<S: Lanes>(&self, [squares, apart]: [Floats<S>; 2], at: At<S>) -> [Floats<S>; 2] {
        // SAFETY: inside by contract.
        let d = unsafe { at.element(self.0) - at.column(self.1) };
        [d.mul_add(d, squares), apart + d]
    }
}

/// A variance, which rounding may have left below 0. Not the larger of it and 0: NaN stays NaN.
#[inline(always)]
pub(super) fn not_negative(variance: f32) -> f32 {
    if variance < 0.0 { 0.0 } else { variance }
}

/// Mean and variance (divided by the number of rows) of each column of `x`, which is read once: each chunk of rows has a mean and a sum of
/// squares of its own, which are put together in order. (Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for
/// Computing Sample Variances", 1979)
///
/// # Panics
///
/// When the sizes do not fit each other.
pub(super) fn moments(team: &Team, x: &[f32], mean: &mut [f32], variance: &mut [f32]) {
    let (isa, cols) = (Isa::current(), mean.len());
    let rows = rows("moments", x.len(), cols);
    assert_eq!(variance.len(), cols, "a variance for each column");
    let size = (CHUNK / cols.max(1)).max(LEAST_ROWS);
    let chunks = rows.div_ceil(size).max(1);
    let width = (3 * cols).max(1);
    with_scratch(chunks * 3 * cols, |partial| {
        team.chunks_mut(partial, width, |chunk, partial| {
            let range = chunk * size..rows.min((chunk + 1) * size);
            let share = 1.0 / range.len().max(1) as f32;
            let (mean, sums) = partial.split_at_mut(cols);
            let (squares, apart) = sums.split_at_mut(cols);
            // SAFETY: `x` has these rows, and there is a mean for each column.
            unsafe {
                sum_in_order(isa, range.clone(), Values(x), mean, &mut []);
                mean.iter_mut().for_each(|mean| *mean *= share);
                sum_in_order(isa, range, Deviations(x, mean), squares, apart);
            }
            for ((mean, squares), apart) in mean.iter_mut().zip(squares).zip(apart) {
                let off = *apart * share;
                *mean += off;
                *squares = not_negative(*squares - *apart * off);
            }
        });
        let share = 1.0 / rows.max(1) as f32;
        let weight = |chunk: usize| (rows.min((chunk + 1) * size) - chunk * size) as f32 * share;
        // Means are put together by how far they lie from the first: what they have in common is not rounded again.
        let common = &partial[..cols];
        variance.fill(0.0);
        for (chunk, part) in partial.chunks_exact(width).enumerate().skip(1) {
            let weight = weight(chunk);
            for ((apart, part), common) in variance.iter_mut().zip(part).zip(common) {
                *apart += weight * (part - common);
            }
        }
        mean.iter_mut().zip(common).zip(&*variance).for_each(|((mean, common), apart)| *mean = common + apart);
        variance.fill(0.0);
        for (chunk, part) in partial.chunks_exact(width).enumerate() {
            let (means, squares) = part.split_at(cols);
            let weight = weight(chunk);
            for (((variance, mean), part), squares) in variance.iter_mut().zip(&*mean).zip(means).zip(squares) {
                let apart = part - mean;
                *variance += squares * share + weight * (apart * apart);
            }
        }
    });
}

#[cfg(test)]
mod tests;
