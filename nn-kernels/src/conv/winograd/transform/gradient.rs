//! Tiles of the gradient: `W = A·dY·Aᵀ`.

use super::{Part, Row, all_channels};
use crate::lanes::{Kernel, Lanes};

/// `W = A·dY·Aᵀ` of a row of tiles.
pub(in crate::conv::winograd) struct GradientRows {
    /// Two rows of dy, null where there is none.
    pub rows: [*const f32; 2],
    pub width: usize,
    pub across: usize,
    pub channels: usize,
    pub to: *mut f32,
    pub matrix: usize,
}

impl Row for GradientRows {
    fn channels(&self) -> usize {
        self.channels
    }

    #[inline(always)]
    unsafe fn transform<S: Lanes, const WHOLE: bool>(&self, part: Part<S, WHOLE>, channel: usize) {
        let Self { rows, width, across, channels, to, matrix } = *self;
        let (s, zero) = (part.s, part.s.splat(0.0));
        for tile in 0..across {
            let mut dy = [zero; 4];
            for (i, dy) in dy.iter_mut().enumerate() {
                let column = 2 * tile + i % 2;
                if !rows[i / 2].is_null() && column < width {
                    // SAFETY: a pixel of dy.
                    *dy = unsafe { part.load(rows[i / 2].add(column * channels + channel)) };
                }
            }
            let [a, b, c, d] = dy;
            let left = [a, s.add(a, c), s.sub(a, c), s.sub(zero, c)];
            let right = [b, s.add(b, d), s.sub(b, d), s.sub(zero, d)];
            // SAFETY: the matrices have a row for this tile.
            unsafe {
                let to = to.add(tile * channels + channel);
                for i in 0..4 {
                    let (l, r) = (left[i], right[i]);
                    for (j, value) in [l, s.add(l, r), s.sub(l, r), s.sub(zero, r)].into_iter().enumerate() {
                        part.store(to.add((4 * i + j) * matrix), value);
                    }
                }
            }
        }
    }
}

impl Kernel for GradientRows {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        // SAFETY: by the contract of whoever made the row.
        unsafe { all_channels(s, &self) }
    }
}
