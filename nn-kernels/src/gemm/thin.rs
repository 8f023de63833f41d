//! Products with a few rows of A, which read B once or twice and are bound by memory.
//!
//! `A·B` with rows of B that lie far apart: sums of rows of B, [`DEPTH`] at a time, each read from end to end as the
//! prefetcher of the processor likes it. Every element takes its products in the order of k: the bits of the microkernel.
//!
//! `A·Bᵀ` with a few rows: dot products along k.
//!
//! The microkernel would need B transposed, a pass over B that pays only when many rows of A use it. Here rows of both are
//! read as they lie, four rows of B beside one of A, and each element is the total of sixteen partial sums (see
//! [`Sums`]). So its bits differ from those of a product with more rows, but not between instruction sets with FMA or numbers of
//! threads.

use super::blocking::{Shape, even_parts};
use super::driver::Product;
use crate::Team;
use crate::lanes::{Floats, Kernel, Lanes, SUMS, Sums, vectorize};

/// The most rows of A for which this is faster.
pub(super) const ROWS: usize = 8;
/// The least k: below, adding up the partial sums takes longer than the products.
pub(super) const K: usize = 64;
/// Rows of B at a time.
const COLS: usize = 4;
/// Multiply-adds of a task, at least. (One row of A is bound by memory, which two cores read faster than one.)
const TASK: usize = 150_000;

/// Cuts C into strips of columns, a multiple of `unit` wide and at most `most` of them, and runs `kernel(first column, columns)` for each,
/// then the epilogue.
///
/// # Safety
///
/// The pointers are valid for the shape, C overlaps neither A nor B, and `kernel` writes its own columns only.
unsafe fn in_strips(team: &Team, product: &Product, most: usize, unit: usize, kernel: impl Fn(usize, usize) + Sync) {
    let Shape { m, n, k, .. } = product.shape;
    let tasks = (m * n * k / TASK).clamp(1, most);
    let cols = even_parts(n, n.div_ceil(tasks), unit);
    team.run(n.div_ceil(cols), &|task| {
        let j = task * cols;
        let width = cols.min(n - j);
        kernel(j, width);
        // SAFETY: this task's columns.
        unsafe { product.finish.complete(product.c, product.ldc, (0, j), (m, width)) }
    });
}

/// Computes `A·Bᵀ` by dot products.
///
/// # Safety
///
/// The pointers are valid for the shape, C overlaps neither A nor B, and B is transposed.
pub(super) unsafe fn multiply_dots(team: &Team, product: &Product) {
    let kernel = |j, cols| vectorize(product.finish.isa, RowDots { product, j, cols });
    // SAFETY: the caller's contract.
    unsafe { in_strips(team, product, 4 * team.threads(), COLS, kernel) }
}

/// The most rows of `A·B` that sums of rows are faster for (AVX2, 1024 × 1024: one row 1.8 times, four 1.3, six as fast as the microkernel).
pub(super) const SUMMED: usize = 7;
/// Floats between rows of B from which they are: nearer ones the microkernel reads as well.
pub(super) const APART: usize = 512;
/// Rows of B that are added at a time, so that C is read and written seldom.
const DEPTH: usize = 8;

/// Computes `A·B` by sums of rows.
///
/// # Safety
///
/// The pointers are valid for the shape, C overlaps neither A nor B, and both lie in rows.
pub(super) unsafe fn multiply_sums(team: &Team, product: &Product) {
    let kernel = |j, cols| vectorize(product.finish.isa, RowSums { product, j, cols });
    // SAFETY: the caller's contract. A task for each thread, because the pieces of rows should be long.
    unsafe { in_strips(team, product, team.threads(), 16, kernel) }
}

/// All rows of some columns of C as sums of rows of B, without the epilogue.
struct RowSums<'a> {
    product: &'a Product,
    j: usize,
    cols: usize,
}

impl Kernel for RowSums<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self { product: Product { shape, a, b, c, ldc, finish }, j, cols } = self;
        // SAFETY: rows of A, B and C, columns of this task.
        unsafe {
            if !finish.accumulate {
                (0..shape.m).for_each(|i| std::slice::from_raw_parts_mut(c.add(i * ldc + j), cols).fill(0.0));
            }
            let mut p = 0;
            while p < shape.k {
                let depth = if p + DEPTH <= shape.k { DEPTH } else { 1 };
                let rows = b.add(p * shape.ldb + j);
                for i in 0..shape.m {
                    let (a, c) = (a.add(i * shape.lda + p), c.add(i * ldc + j));
                    if depth == DEPTH {
                        add_rows::<S, DEPTH>(s, a, rows, shape.ldb, c, cols);
                    } else {
                        add_rows::<S, 1>(s, a, rows, shape.ldb, c, cols);
                    }
                }
                p += depth;
            }
        }
    }
}

/// `c += Σ a[p] · b[p]` over `ROWS` rows of B, `ldb` apart.
///
/// # Safety
///
/// `a` is valid for `ROWS` floats, `c` and each row for `cols`.
#[inline(always)]
unsafe fn add_rows<S: Lanes, const ROWS: usize>(
    s: S,
    a: *const f32,
    b: *const f32,
    ldb: usize,
    c: *mut f32,
    cols: usize,
) {
    // SAFETY: by contract.
    unsafe {
        let mut factors = [Floats::new(s, 0.0); ROWS];
        for (p, factor) in factors.iter_mut().enumerate() {
            *factor = Floats::new(s, *a.add(p));
        }
        for v in (0..cols).step_by(S::LANES) {
            let rest = cols - v;
            let mut sum = Floats::load_up_to(s, c.add(v), rest);
            for (p, &factor) in factors.iter().enumerate() {
                sum = factor.mul_add(Floats::load_up_to(s, b.add(p * ldb + v), rest), sum);
            }
            sum.store_up_to(c.add(v), rest);
        }
    }
}

/// All rows of some columns of C as dot products, without the epilogue.
struct RowDots<'a> {
    product: &'a Product,
    j: usize,
    cols: usize,
}

impl Kernel for RowDots<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self { product: Product { shape, a, b, c, ldc, finish }, j, cols } = self;
        for first in (j..j + cols).step_by(COLS) {
            let width = COLS.min(j + cols - first);
            for i in 0..shape.m {
                // SAFETY: rows of A and B, elements of C. A last group of columns reads its last row more than once.
                unsafe {
                    let rows: [*const f32; COLS] =
                        [0, 1, 2, 3].map(|v: usize| b.add((first + v.min(width - 1)) * shape.ldb));
                    let dots = dots(s, shape.k, a.add(i * shape.lda), rows);
                    for (v, dot) in dots.into_iter().enumerate().take(width) {
                        let c = c.add(i * ldc + first + v);
                        *c = if finish.accumulate { *c + dot } else { dot };
                    }
                }
            }
        }
    }
}

/// The dot products of `a` with four rows.
///
/// # Safety
///
/// All are valid for `k` floats.
#[inline(always)]
unsafe fn dots<S: Lanes>(s: S, k: usize, a: *const f32, rows: [*const f32; COLS]) -> [f32; COLS] {
    let mut sums = [Sums::new(s, 0.0); COLS];
    let mut p = 0;
    while p < k {
        for part in 0..SUMS / S::LANES {
            let place = p + part * S::LANES;
            if place < k {
                // SAFETY: `k - place` floats are left. Lanes behind them are 0 and add nothing.
                unsafe {
                    let x = Floats::load_up_to(s, a.add(place), k - place);
                    for (sums, row) in sums.iter_mut().zip(rows) {
                        sums.0[part] = Floats::load_up_to(s, row.add(place), k - place).mul_add(x, sums.0[part]);
                    }
                }
            }
        }
        p += SUMS;
    }
    let [q, r, t, u] = sums;
    [q.total(), r.total(), t.total(), u.total()]
}
