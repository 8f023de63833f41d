//! Tiles of the image: `V = Bᵀ·d·B`.

use super::super::Columns;
use super::{Part, Row, all_channels};
use crate::lanes::{Kernel, Lanes};

/// `V = Bᵀ·d·B` of a row of tiles; tiles side by side share two columns.
pub(in crate::conv::winograd) struct InputRows {
    /// The four rows of the image, null where there are zeros.
    pub rows: [*const f32; 4],
    pub columns: Columns,
    pub channels: usize,
    /// The first tile's channels in the first matrix, and from one matrix to the next.
    pub to: *mut f32,
    pub matrix: usize,
}

impl InputRows {
    /// Row i of `Bᵀ·d` in column `at`: the difference or sum of two pixels. `INSIDE`: they are pixels of the image.
    ///
    /// # Safety
    ///
    /// The rows are rows of the image, and the channels some of it.
    #[inline(always)]
    unsafe fn column<S: Lanes, const WHOLE: bool, const INSIDE: bool>(
        &self,
        part: Part<S, WHOLE>,
        at: usize,
        channel: usize,
        i: usize,
    ) -> S::Vector {
        let at = at.wrapping_sub(self.columns.margin);
        macro_rules! pixel {
            ($row:expr) => {
                if INSIDE || at < self.columns.width && !self.rows[$row].is_null() {
                    // SAFETY: a pixel of the image.
                    unsafe { part.load(self.rows[$row].add(at * self.channels + channel)) }
                } else {
                    part.s.splat(0.0)
                }
            };
        }
        match i {
            0 => part.s.sub(pixel!(0), pixel!(2)),
            1 => part.s.add(pixel!(1), pixel!(2)),
            2 => part.s.sub(pixel!(2), pixel!(1)),
            _ => part.s.sub(pixel!(1), pixel!(3)),
        }
    }

    /// One tile, from its first two columns of `Bᵀ·d`; leaves there those of the next.
    ///
    /// Row by row, and every pixel is read twice: the sixteen vectors of a tile do not fit sixteen registers.
    ///
    /// # Safety
    ///
    /// As [`column`](Self::column); the matrices have a row for the tile.
    #[inline(always)]
    unsafe fn tile<S: Lanes, const WHOLE: bool, const INSIDE: bool>(
        &self,
        part: Part<S, WHOLE>,
        tile: usize,
        channel: usize,
        [a, b]: &mut [[S::Vector; 4]; 2],
    ) {
        let s = part.s;
        // SAFETY: by contract.
        unsafe {
            let to = self.to.add(tile * self.channels + channel);
            for i in 0..4 {
                let c = self.column::<S, WHOLE, INSIDE>(part, 2 * tile + 2, channel, i);
                let d = self.column::<S, WHOLE, INSIDE>(part, 2 * tile + 3, channel, i);
                let row = [s.sub(a[i], c), s.add(b[i], c), s.sub(c, b[i]), s.sub(b[i], d)];
                for (j, value) in row.into_iter().enumerate() {
                    part.store(to.add((4 * i + j) * self.matrix), value);
                }
                (a[i], b[i]) = (c, d);
            }
        }
    }
}

impl Row for InputRows {
    fn channels(&self) -> usize {
        self.channels
    }

    #[inline(always)]
    unsafe fn transform<S: Lanes, const WHOLE: bool>(&self, part: Part<S, WHOLE>, channel: usize) {
        let Columns { width, margin, across } = self.columns;
        let full = self.rows.iter().all(|row| !row.is_null());
        // SAFETY: by contract.
        unsafe {
            let mut ab = [[part.s.splat(0.0); 4]; 2];
            for (at, column) in ab.iter_mut().enumerate() {
                for (i, row) in column.iter_mut().enumerate() {
                    *row = self.column::<S, WHOLE, false>(part, at, channel, i);
                }
            }
            for tile in 0..across {
                // Its last two columns; the first two were asked about by the tile before.
                if full && 2 * tile + 2 >= margin && 2 * tile + 3 < width + margin {
                    self.tile::<S, WHOLE, true>(part, tile, channel, &mut ab);
                } else {
                    self.tile::<S, WHOLE, false>(part, tile, channel, &mut ab);
                }
            }
        }
    }
}

impl Kernel for InputRows {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        // SAFETY: by the contract of whoever made the row.
        unsafe { all_channels(s, &self) }
    }
}
