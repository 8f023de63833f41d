//! The naive product: the oracle of the tests.

use super::{Mat, MatMut};

/// `C = A·B` (plus what C holds, if `accumulate`), each element a sum in the order of k, in f64, rounded once.
pub(super) fn product(
    m: usize,
    n: usize,
    k: usize,
    a: impl Fn(usize, usize) -> f32,
    b: impl Fn(usize, usize) -> f32,
    c: &mut MatMut<'_>,
    accumulate: bool,
) {
    for i in 0..m {
        for j in 0..n {
            let start = if accumulate { f64::from(c.as_mat().at(i, j)) } else { 0.0 };
            let sum = (0..k).fold(start, |sum, p| sum + f64::from(a(i, p)) * f64::from(b(p, j)));
            c.row_mut(i)[j] = sum as f32;
        }
    }
}

/// `A·B`.
pub(super) fn nn(a: Mat<'_>, b: Mat<'_>, c: &mut MatMut<'_>, accumulate: bool) {
    product(a.rows(), b.cols(), a.cols(), |i, p| a.at(i, p), |p, j| b.at(p, j), c, accumulate);
}

/// `Aᵀ·B`.
pub(super) fn tn(a: Mat<'_>, b: Mat<'_>, c: &mut MatMut<'_>, accumulate: bool) {
    product(a.cols(), b.cols(), a.rows(), |i, p| a.at(p, i), |p, j| b.at(p, j), c, accumulate);
}

/// `A·Bᵀ`.
pub(super) fn nt(a: Mat<'_>, b: Mat<'_>, c: &mut MatMut<'_>, accumulate: bool) {
    product(a.rows(), b.rows(), a.cols(), |i, p| a.at(i, p), |p, j| b.at(j, p), c, accumulate);
}
