//! Packing: copies of panels in the order in which the microkernel reads them.
//!
//! ```text
//! B, nr columns a panel            A (stored transposed), mr rows a panel
//! ┌────┬────┬──┐                   p ─►
//! │ p0 │ …  │  │  panel: k × nr    ┌──────┐  panel: k × mr, so that the
//! │ p1 │    │  │  row after row    │ mr   │  mr values of one p lie together
//! └────┴────┴──┘                   └──────┘
//! ```
//!
//! A copy costs one pass over the operand and pays when its rows lie far apart (each a page of its own, or all in the same
//! cache sets) and it is read often enough: by every row of C for B, by every column for A. `blocking.rs` decides.

use super::micro::A;
use crate::cache::{LINE, prefetch};
use crate::lanes::{Floats, Kernel, Lanes, vectorize};
use crate::path::Isa;

/// Elements between rows of A that are copied, so that they do not lie a power of two apart.
const APART: usize = 16;

/// How a block of A is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CopyOfA {
    /// In rows, as it lies, but nearer to each other.
    Rows,
    /// A that is stored transposed: in panels of so many rows.
    Panels(usize),
}

impl CopyOfA {
    /// The room that a block of `rows` rows and `k` columns takes.
    pub fn room(self, rows: usize, k: usize) -> usize {
        match self {
            Self::Rows => rows * (k + APART),
            Self::Panels(height) => rows.next_multiple_of(height) * k,
        }
    }

    /// Copies a block of `rows` rows and `k` columns whose rows (columns, for panels) are `ld` apart.
    ///
    /// # Safety
    ///
    /// `from` is valid for the block and `to` for its room.
    pub unsafe fn copy(self, isa: Isa, from: *const f32, ld: usize, (rows, k): (usize, usize), to: *mut f32) -> A {
        match self {
            Self::Rows => {
                vectorize(isa, PackRows { from, ld, k: rows, cols: k, to, nr: k + APART });
                A::rows(to, k + APART)
            }
            Self::Panels(height) => {
                vectorize(isa, PackRows { from, ld, k, cols: rows, to, nr: height });
                A::panels(to, height, k)
            }
        }
    }
}

/// Copies a `k × cols` block of B, row stride `ld`, into panels `nr` wide.
pub(super) struct PackRows {
    pub from: *const f32,
    pub ld: usize,
    pub k: usize,
    pub cols: usize,
    pub to: *mut f32,
    pub nr: usize,
}

/// Rows that are copied panel by panel before the next rows: few enough that their cache lines stay, although rows that lie a
/// power of two apart share a few cache sets.
const ROWS: usize = 8;

impl Kernel for PackRows {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self { from, ld, k, cols, to, nr } = self;
        for first in (0..k).step_by(ROWS) {
            for j in (0..cols).step_by(nr) {
                let width = nr.min(cols - j);
                for p in first..k.min(first + ROWS) {
                    // SAFETY: inside the block and the panel by the caller's contract.
                    unsafe {
                        let (from, to) = (from.add(p * ld + j), to.add(j * k + p * nr));
                        for v in (0..width).step_by(S::LANES) {
                            // A block's rows are too short for the processor to see where the reading goes. (Copies of weights that
                            // come from memory: 7.5 instead of 9 ms for 4096 × 4096 on two threads, of blocks of A 2.5 instead of 5.)
                            if v % (LINE / size_of::<f32>()) == 0 {
                                prefetch(from.wrapping_add(ROWS * ld + v));
                            }
                            // Whole vectors while they stay in the panel: what they write behind the row, the next row
                            // overwrites.
                            Floats::load_up_to(s, from.add(v), width - v).store_up_to(to.add(v), (k - p) * nr - v);
                        }
                    }
                }
            }
        }
    }
}

/// Copies the transpose of a `cols × k` block, row stride `ld`, into panels `nr` wide: B given as rows of its columns.
pub(super) struct PackTransposed {
    pub from: *const f32,
    pub ld: usize,
    pub k: usize,
    pub cols: usize,
    pub to: *mut f32,
    pub nr: usize,
}

impl Kernel for PackTransposed {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self { from, ld, k, cols, to, nr } = self;
        let whole = k - k % S::LANES;
        for j in (0..cols).step_by(S::LANES) {
            let width = S::LANES.min(cols - j);
            // SAFETY: inside the block and the panels by the caller's contract; `nr` is a multiple of LANES, so that no
            // group of LANES columns crosses panels.
            unsafe {
                let from = from.add(j * ld);
                let panel = to.add(j / nr * nr * k + j % nr);
                let mut p = 0;
                if width == S::LANES {
                    while p < whole {
                        s.transpose(from.add(p), ld, panel.add(p * nr), nr);
                        p += S::LANES;
                    }
                }
                for p in p..k {
                    for i in 0..width {
                        *panel.add(p * nr + i) = *from.add(i * ld + p);
                    }
                }
            }
        }
    }
}
