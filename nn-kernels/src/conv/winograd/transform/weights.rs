//! Kernels and their gradients: `U = G·g·Gᵀ`, `dg = Gᵀ·dU·G`.

use super::super::PRODUCTS;
use crate::lanes::{Kernel, Lanes};

/// `U = G·g·Gᵀ` of `len` kernels side by side.
pub(in crate::conv::winograd) struct KernelRows {
    /// The first tap of the first kernel, and from one tap to the next.
    pub taps: *const f32,
    pub tap: usize,
    pub len: usize,
    /// The first kernel in the first matrix, and from one matrix to the next.
    pub to: *mut f32,
    pub matrix: usize,
}

/// `G·(a, b, c)`.
#[inline(always)]
fn spread<S: Lanes>(s: S, [a, b, c]: [S::Vector; 3]) -> [S::Vector; 4] {
    let half = s.splat(0.5);
    let ends = s.add(a, c);
    [a, s.mul(half, s.add(ends, b)), s.mul(half, s.sub(ends, b)), c]
}

impl Kernel for KernelRows {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self { taps, tap, len, to, matrix } = self;
        for at in (0..len).step_by(S::LANES) {
            let mask = s.mask(S::LANES.min(len - at));
            // SAFETY: kernels of the operand; partial vectors go through the mask.
            unsafe {
                let mut rows = [[s.splat(0.0); 4]; 3];
                for (i, row) in rows.iter_mut().enumerate() {
                    let mut g = [s.splat(0.0); 3];
                    for (j, g) in g.iter_mut().enumerate() {
                        *g = s.load_masked(taps.add((3 * i + j) * tap + at), mask);
                    }
                    *row = spread(s, g);
                }
                #[expect(clippy::needless_range_loop, reason = "a column of an array of rows")]
                for j in 0..4 {
                    let column = spread(s, [rows[0][j], rows[1][j], rows[2][j]]);
                    for (i, value) in column.into_iter().enumerate() {
                        s.store_masked(to.add((4 * i + j) * matrix + at), mask, value);
                    }
                }
            }
        }
    }
}

/// `dg = Gᵀ·dU·G` of `len` kernels, with dU the sum of `parts` parts in order; added to what is there if `accumulate`.
pub(in crate::conv::winograd) struct KernelGradients {
    pub from: *const f32,
    /// From one matrix to the next, and from one part to the next.
    pub matrix: usize,
    pub part: usize,
    pub parts: usize,
    pub len: usize,
    pub to: *mut f32,
    pub tap: usize,
    pub accumulate: bool,
}

/// `Gᵀ·(a, b, c, d)`.
#[inline(always)]
fn gather<S: Lanes>(s: S, [a, b, c, d]: [S::Vector; 4]) -> [S::Vector; 3] {
    let half = s.splat(0.5);
    let (sum, difference) = (s.mul(half, s.add(b, c)), s.mul(half, s.sub(b, c)));
    [s.add(a, sum), difference, s.add(sum, d)]
}

impl Kernel for KernelGradients {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self { from, matrix, part, parts, len, to, tap, accumulate } = self;
        for at in (0..len).step_by(S::LANES) {
            let mask = s.mask(S::LANES.min(len - at));
            // SAFETY: kernels of the operands; partial vectors go through the mask.
            unsafe {
                let mut du = [s.splat(0.0); PRODUCTS];
                for index in 0..parts {
                    for (product, du) in du.iter_mut().enumerate() {
                        *du = s.add(*du, s.load_masked(from.add(index * part + product * matrix + at), mask));
                    }
                }
                let mut columns = [[s.splat(0.0); 3]; 4];
                for (j, column) in columns.iter_mut().enumerate() {
                    *column = gather(s, [du[j], du[4 + j], du[8 + j], du[12 + j]]);
                }
                #[expect(clippy::needless_range_loop, reason = "a column of an array of rows")]
                for i in 0..3 {
                    let row = gather(s, [columns[0][i], columns[1][i], columns[2][i], columns[3][i]]);
                    for (j, value) in row.into_iter().enumerate() {
                        let to = to.add((3 * i + j) * tap + at);
                        let value = if accumulate { s.add(s.load_masked(to, mask), value) } else { value };
                        s.store_masked(to, mask, value);
                    }
                }
            }
        }
    }
}
