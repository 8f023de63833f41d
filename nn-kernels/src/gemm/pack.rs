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

use crate::lanes::{Kernel, Lanes};

/// Copies a `k × cols` block of B, row stride `ld`, into panels `nr` wide.
pub(super) struct PackRows {
    pub from: *const f32,
    pub ld: usize,
    pub k: usize,
    pub cols: usize,
    pub to: *mut f32,
    pub nr: usize,
}

impl Kernel for PackRows {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self { from, ld, k, cols, to, nr } = self;
        for j in (0..cols).step_by(nr) {
            let width = nr.min(cols - j);
            // SAFETY: inside the block and the panels by the caller's contract.
            unsafe {
                let panel = to.add(j * k);
                let (whole, rest) = (width - width % S::LANES, width % S::LANES);
                let mask = s.mask(rest.max(1));
                for p in 0..k {
                    let (from, to) = (from.add(p * ld + j), panel.add(p * nr));
                    for v in (0..whole).step_by(S::LANES) {
                        s.store(to.add(v), s.load(from.add(v)));
                    }
                    if rest > 0 {
                        s.store_masked(to.add(whole), mask, s.load_masked(from.add(whole), mask));
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
