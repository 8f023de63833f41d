//! Sums over the rows of a matrix, one for each column.
//!
//! Few rows are summed in order, a strip of columns at a time in registers. Many rows are cut into chunks of [`ROW_CHUNK`];
//! each chunk's sums go to scratch and are added in order of the chunks. That keeps rounding errors small, lets tasks share
//! the rows, and does not depend on the number of threads.

use super::rows;
use crate::Team;
use crate::lanes::{Floats, Kernel, Lanes, vectorize};
use crate::path::Isa;
use crate::scratch::with_scratch;
use crate::team::SendPointer;
use std::ops::Range;

/// Rows that are summed before their sum is put down.
const ROW_CHUNK: usize = 256;
/// Vectors whose sums are in registers at a time.
const STRIP: usize = 4;
/// Columns of a task.
const TASK_COLS: usize = 512;

/// A place in a matrix: one vector of a row.
#[derive(Clone, Copy)]
pub(super) struct At<S> {
    s: S,
    pub row: usize,
    col: usize,
    /// Columns of the matrix.
    cols: usize,
    /// Lanes of the vector that are inside.
    width: usize,
}

impl<S: Lanes> At<S> {
    /// The elements of a matrix here.
    ///
    /// # Safety
    ///
    /// The matrix has all rows and columns that are being summed.
    #[inline(always)]
    pub(super) unsafe fn element(self, matrix: &[f32]) -> Floats<S> {
        // SAFETY: by contract.
        unsafe { self.load(matrix.as_ptr().add(self.row * self.cols + self.col)) }
    }

    /// The elements of a row of values, one for each column.
    ///
    /// # Safety
    ///
    /// There is one for each column.
    #[inline(always)]
    pub(super) unsafe fn column(self, values: &[f32]) -> Floats<S> {
        // SAFETY: by contract.
        unsafe { self.load(values.as_ptr().add(self.col)) }
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> Floats<S> {
        // SAFETY: `width` lanes are inside.
        unsafe {
            if self.width == S::LANES {
                Floats::load(self.s, from)
            } else {
                Floats::load_first(self.s, from, self.width)
            }
        }
    }
}

/// What is summed: one or two values for each element.
pub(super) trait Summand: Copy + Sync {
    /// Whether the second value matters.
    const TWO: bool;
    /// The sums with the values at a place added: so a product is added in one operation where there is one.
    ///
    /// # Safety
    ///
    /// The place lies inside the matrices that the summand holds.
    unsafe fn add<S: Lanes>(&self, sums: [Floats<S>; 2], at: At<S>) -> [Floats<S>; 2];
}

struct StripSums<'a, T> {
    summand: &'a T,
    rows: Range<usize>,
    cols: usize,
    strip: Range<usize>,
    first: *mut f32,
    second: *mut f32,
    accumulate: bool,
}

impl<T: Summand> Kernel for StripSums<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let mut col = self.strip.start;
        while col < self.strip.end {
            // SAFETY: the columns lie in the strip.
            col += unsafe {
                if col + STRIP * S::LANES <= self.strip.end {
                    self.sum::<S, STRIP>(s, col, S::LANES)
                } else {
                    self.sum::<S, 1>(s, col, S::LANES.min(self.strip.end - col))
                }
            };
        }
    }
}

impl<T: Summand> StripSums<'_, T> {
    /// Sums `N` vectors of columns from `col`, the last `width` lanes wide; gives the number of columns.
    ///
    /// # Safety
    ///
    /// These columns lie in the strip.
    #[inline(always)]
    unsafe fn sum<S: Lanes, const N: usize>(&self, s: S, col: usize, width: usize) -> usize {
        let mut sums = [[Floats::new(s, 0.0); 2]; N];
        // SAFETY: rows and columns are inside by contract.
        unsafe {
            for row in self.rows.clone() {
                for (v, sums) in sums.iter_mut().enumerate() {
                    let at = At { s, row, col: col + v * S::LANES, cols: self.cols, width };
                    *sums = self.summand.add(*sums, at);
                }
            }
            for (v, sums) in sums.into_iter().enumerate() {
                let col = col + v * S::LANES;
                put(s, self.first.add(col), sums[0], width, self.accumulate);
                if T::TWO {
                    put(s, self.second.add(col), sums[1], width, self.accumulate);
                }
            }
        }
        (N - 1) * S::LANES + width
    }
}

/// # Safety
///
/// `to` is valid for `width` floats.
#[inline(always)]
unsafe fn put<S: Lanes>(s: S, to: *mut f32, value: Floats<S>, width: usize, accumulate: bool) {
    // SAFETY: by contract.
    unsafe {
        let value = if accumulate { Floats::load_first(s, to, width) + value } else { value };
        value.store_first(to, width);
    }
}

/// Sums a [`Summand`] over all rows of a matrix with `cols` columns, to `first` and, if it has two values, `second`.
///
/// # Safety
///
/// The operands that the summand holds have `rows × cols` elements.
pub(super) unsafe fn sum_rows<T: Summand>(
    team: &Team,
    rows: usize,
    cols: usize,
    summand: T,
    first: &mut [f32],
    second: &mut [f32],
    accumulate: bool,
) {
    assert!(first.len() == cols && (!T::TWO || second.len() == cols), "one sum for each column");
    let isa = Isa::current();
    let (chunks, across) = (rows.div_ceil(ROW_CHUNK).max(1), cols.div_ceil(TASK_COLS));
    let strip_of = |task: usize| task % across * TASK_COLS..cols.min((task % across + 1) * TASK_COLS);
    let summand = &summand;
    if chunks == 1 {
        let (first, second) = (SendPointer(first.as_mut_ptr()), SendPointer(second.as_mut_ptr()));
        team.run(across, &|task| {
            let (first, second) = (first.get(), second.get());
            let strip = strip_of(task);
            vectorize(isa, StripSums { summand, rows: 0..rows, cols, strip, first, second, accumulate });
        });
        return;
    }
    // Rows of the scratch: one a chunk, or two.
    let width = if T::TWO { 2 * cols } else { cols };
    with_scratch(chunks * width, |partial| {
        let start = SendPointer(partial.as_mut_ptr());
        team.run(chunks * across, &|task| {
            let chunk = task / across;
            let rows = chunk * ROW_CHUNK..rows.min((chunk + 1) * ROW_CHUNK);
            // SAFETY: row `chunk` of the scratch.
            let first = unsafe { start.get().add(chunk * width) };
            let second = if T::TWO { first.wrapping_add(cols) } else { first };
            let strip = strip_of(task);
            vectorize(isa, StripSums { summand, rows, cols, strip, first, second, accumulate: false });
        });
        let add_up = |to: &mut [f32], offset: usize| {
            if !accumulate {
                to.fill(0.0);
            }
            for sums in partial.chunks_exact(width) {
                to.iter_mut().zip(&sums[offset..offset + cols]).for_each(|(to, sum)| *to += sum);
            }
        };
        add_up(first, 0);
        if T::TWO {
            add_up(second, cols);
        }
    });
}

/// Sums a [`Summand`] over some rows of a matrix, in order and on the calling thread, to `first` and, if it has two values, `second`: a sum
/// for each column.
///
/// # Safety
///
/// The operands that the summand holds have these rows, each of as many columns as `first` has sums.
pub(super) unsafe fn sum_in_order<T: Summand>(
    isa: Isa,
    rows: Range<usize>,
    summand: T,
    first: &mut [f32],
    second: &mut [f32],
) {
    let cols = first.len();
    assert!(!T::TWO || second.len() == cols, "one sum for each column");
    let (summand, first, second) = (&summand, first.as_mut_ptr(), second.as_mut_ptr());
    vectorize(isa, StripSums { summand, rows, cols, strip: 0..cols, first, second, accumulate: false });
}

/// The elements themselves.
#[derive(Clone, Copy)]
pub(super) struct Values<'a>(pub(super) &'a [f32]);

impl Summand for Values<'_> {
    const TWO: bool = false;
    #[inline(always)]
    unsafe fn add<S: Lanes>(&self, [sum, other]: [Floats<S>; 2], at: At<S>) -> [Floats<S>; 2] {
        // SAFETY: inside by contract.
        [sum + unsafe { at.element(self.0) }, other]
    }
}

/// `sums[j] = Σᵢ x[i, j]` over the rows of a matrix with as many columns as there are sums; added to them if `accumulate`.
///
/// The gradient of a bias.
///
/// # Panics
///
/// When `x` is no whole number of rows.
///
/// ```
/// use nn_kernels::{Team, column_sums};
///
/// let mut db = [10.0, 20.0];
/// column_sums(&Team::serial(), &[1.0, 2.0, 3.0, 4.0], &mut db, true);
/// assert_eq!(db, [14.0, 26.0]);
/// ```
pub fn column_sums(team: &Team, x: &[f32], sums: &mut [f32], accumulate: bool) {
    let cols = sums.len();
    let rows = rows("column_sums", x.len(), cols);
    // SAFETY: `x` has `rows × cols` elements.
    unsafe { sum_rows(team, rows, cols, Values(x), sums, &mut [], accumulate) }
}
