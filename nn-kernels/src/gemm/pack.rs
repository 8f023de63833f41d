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
    /// `from` is valid for the block and what lies between its rows, and `to` for its room.
    pub unsafe fn copy(self, isa: Isa, from: *const f32, ld: usize, (rows, k): (usize, usize), to: *mut f32) -> A {
        match self {
            Self::Rows => {
                for row in 0..rows {
                    // SAFETY: inside the block and its room.
                    unsafe { from.add(row * ld).copy_to_nonoverlapping(to.add(row * (k + APART)), k) }
                }
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
        debug_assert!(self.k > 0 && self.nr <= 4 * S::LANES, "{} rows in panels of {}", self.k, self.nr);
        // SAFETY: by the caller's contract.
        unsafe {
            match self.nr.div_ceil(S::LANES) {
                1 => self.panels::<S, 1>(s),
                2 => self.panels::<S, 2>(s),
                _ => self.panels::<S, 4>(s),
            }
        }
    }
}

impl PackRows {
    /// The copy, with `V` vectors for a row of a panel. (With constant numbers of vectors and rows the loops are gone and the copy takes half
    /// as long or less: 1024 × 256 in panels of 6 and of 16 columns 214 and 140 instead of 720 and 300 µs.)
    ///
    /// # Safety
    ///
    /// `from` is valid for the block and what lies between its rows, and `to` for the panels.
    #[inline(always)]
    unsafe fn panels<S: Lanes, const V: usize>(self, s: S) {
        let Self { from, ld, k, cols, to, nr } = self;
        // Rows that are copied as whole vectors: what is read behind such a row are rows below, and what is written behind it, the next
        // row overwrites.
        let span = V * S::LANES;
        let whole = if ld < span { 0 } else { (k - 1).min((k + 1).saturating_sub(span.div_ceil(nr))) };
        for first in (0..whole).step_by(ROWS) {
            for j in (0..cols).step_by(nr) {
                // SAFETY: inside the block and the panel by the contract, but for what is said above.
                unsafe {
                    let (from, to) = (from.add(first * ld + j), to.add(j * k + first * nr));
                    if whole - first >= ROWS {
                        copy_rows::<S, V>(s, from, ld, to, nr, ROWS);
                    } else {
                        copy_rows::<S, V>(s, from, ld, to, nr, whole - first);
                    }
                }
            }
        }
        for p in whole..k {
            for j in (0..cols).step_by(nr) {
                // SAFETY: inside the block and the panel.
                unsafe { from.add(p * ld + j).copy_to_nonoverlapping(to.add(j * k + p * nr), nr.min(cols - j)) }
            }
        }
    }
}

/// `V` vectors of each of some rows. (No closure: one that is not inlined would not be compiled for the instruction set.)
///
/// # Safety
///
/// The vectors are valid to read and to write.
#[inline(always)]
unsafe fn copy_rows<S: Lanes, const V: usize>(
    s: S,
    mut from: *const f32,
    ld: usize,
    mut to: *mut f32,
    nr: usize,
    rows: usize,
) {
    for _ in 0..rows {
        for v in 0..V {
            // SAFETY: by contract.
            unsafe { Floats::load(s, from.add(v * S::LANES)).store(to.add(v * S::LANES)) }
        }
        (from, to) = (from.wrapping_add(ld), to.wrapping_add(nr));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Path, with_path};

    /// Every number is another, and what is behind the panels stays: whole vectors may neither miss an element nor leave the panels.
    #[test]
    fn panels_hold_the_block_and_nothing_behind_them_is_written() {
        for path in Path::ALL.into_iter().filter(|path| path.is_available()) {
            with_path(path, || {
                for nr in [6, 8, 16, 32, 64].into_iter().filter(|nr| *nr <= 16 || path == Path::Avx512) {
                    for (k, cols, gap) in sizes() {
                        let ld = cols + gap;
                        let from: Vec<f32> = (0..(k - 1) * ld + cols).map(|i| i as f32).collect();
                        let room = cols.next_multiple_of(nr) * k;
                        let mut to = vec![-1.0; room + 64];
                        vectorize(
                            Isa::current(),
                            PackRows { from: from.as_ptr(), ld, k, cols, to: to.as_mut_ptr(), nr },
                        );
                        for (p, j) in (0..k).flat_map(|p| (0..cols).map(move |j| (p, j))) {
                            let place = j / nr * nr * k + p * nr + j % nr;
                            assert_eq!(
                                to[place],
                                (p * ld + j) as f32,
                                "{path}: {k} x {cols}, {gap} apart, panels of {nr}"
                            );
                        }
                        assert!(to[room..].iter().all(|&v| v == -1.0), "{path}: {k} x {cols}, panels of {nr}");
                    }
                }
            })
            .unwrap();
        }
    }

    /// Rows, columns, and what lies between rows.
    fn sizes() -> impl Iterator<Item = (usize, usize, usize)> {
        let rows = [1, 2, 3, 4, 7, 8, 9, 11, 16, 19];
        let cols = [1, 5, 6, 7, 8, 13, 16, 17, 31, 64, 65];
        rows.into_iter().flat_map(move |k| cols.into_iter().flat_map(move |n| [0, 1, 70].map(|gap| (k, n, gap))))
    }
}
