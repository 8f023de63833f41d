//! Sums over the rows of a matrix, one for each column.
//!
//! Few rows are summed in order, a strip of columns at a time in registers. Many rows are cut into chunks of [`ROW_CHUNK`];
//! each chunk's sums go to scratch and are added in order of the chunks. That keeps rounding errors small, lets tasks share
//! the rows, and does not depend on the number of threads.

use super::rows;
use crate::Team;
use crate::path::Isa;
use crate::scratch::with_scratch;
use crate::team::SendPointer;
use crate::vectorize::{Arithmetic, Kernel, vectorize};

/// Rows that are summed before their sum is put down.
const ROW_CHUNK: usize = 256;
/// Columns whose sums are in registers at a time.
const STRIP: usize = 64;
/// Columns of a task.
const TASK_COLS: usize = 512;

/// What is summed: one or two values for each element.
pub(super) trait Summand: Copy + Sync {
    /// The values of element `(row, col)`, which is element `index` of the whole.
    ///
    /// # Safety
    ///
    /// The element lies inside the matrix whose operands the summand holds.
    unsafe fn values<A: Arithmetic>(&self, index: usize, row: usize, col: usize) -> [f32; 2];
    /// Whether the second value matters.
    const TWO: bool;
}

struct StripSums<'a, S> {
    summand: &'a S,
    rows: std::ops::Range<usize>,
    cols: usize,
    strip: std::ops::Range<usize>,
    first: *mut f32,
    second: *mut f32,
    accumulate: bool,
}

impl<S: Summand> Kernel for StripSums<'_, S> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Self { summand, rows, cols, strip, first, second, accumulate } = self;
        for start in strip.clone().step_by(STRIP) {
            let (mut one, mut two) = ([0.0; STRIP], [0.0; STRIP]);
            let width = STRIP.min(strip.end - start);
            if width == STRIP {
                for row in rows.clone() {
                    for j in 0..STRIP {
                        // SAFETY: `sum_rows` hands out rows and columns of the matrix only.
                        let values = unsafe { summand.values::<A>(row * cols + start + j, row, start + j) };
                        one[j] += values[0];
                        two[j] += values[1];
                    }
                }
            } else {
                for row in rows.clone() {
                    for j in 0..width {
                        // SAFETY: `sum_rows` hands out rows and columns of the matrix only.
                        let values = unsafe { summand.values::<A>(row * cols + start + j, row, start + j) };
                        one[j] += values[0];
                        two[j] += values[1];
                    }
                }
            }
            for j in 0..width {
                // SAFETY: the sums have `cols` elements, and this task has these columns to itself.
                unsafe {
                    put(first.add(start + j), one[j], accumulate);
                    if S::TWO {
                        put(second.add(start + j), two[j], accumulate);
                    }
                }
            }
        }
    }
}

/// # Safety
///
/// `to` is valid.
#[inline(always)]
unsafe fn put(to: *mut f32, value: f32, accumulate: bool) {
    // SAFETY: by contract.
    unsafe { *to = if accumulate { *to + value } else { value } }
}

/// Sums a [`Summand`] over all rows of a matrix with `cols` columns, to `first` and, if it has two values, `second`.
///
/// # Safety
///
/// The operands that the summand holds have `rows × cols` elements.
pub(super) unsafe fn sum_rows<S: Summand>(
    team: &Team,
    rows: usize,
    cols: usize,
    summand: S,
    first: &mut [f32],
    second: &mut [f32],
    accumulate: bool,
) {
    assert!(first.len() == cols && (!S::TWO || second.len() == cols), "one sum for each column");
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
    let width = if S::TWO { 2 * cols } else { cols };
    with_scratch(chunks * width, |partial| {
        let start = SendPointer(partial.as_mut_ptr());
        team.run(chunks * across, &|task| {
            let chunk = task / across;
            let rows = chunk * ROW_CHUNK..rows.min((chunk + 1) * ROW_CHUNK);
            // SAFETY: row `chunk` of the scratch.
            let first = unsafe { start.get().add(chunk * width) };
            let second = if S::TWO { first.wrapping_add(cols) } else { first };
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
        if S::TWO {
            add_up(second, cols);
        }
    });
}

#[derive(Clone, Copy)]
struct Plain<'a>(&'a [f32]);

impl Summand for Plain<'_> {
    const TWO: bool = false;
    #[inline(always)]
    unsafe fn values<A: Arithmetic>(&self, index: usize, _row: usize, _col: usize) -> [f32; 2] {
        // SAFETY: inside by contract.
        [unsafe { *self.0.get_unchecked(index) }, 0.0]
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
    unsafe { sum_rows(team, rows, cols, Plain(x), sums, &mut [], accumulate) }
}
