//! The loops of a pass: tiles of some pixels by some channels, all taps in registers.
//!
//! ```text
//! for each group
//!   for columns of the target's channels, a tile's width at a time
//!     for blocks of taps whose weights stay in the cache
//!       for pixels, a tile's height at a time
//!         tile: for each tap, for each channel of the source: a row of weights, a broadcast of each pixel
//! ```
//!
//! In channels-last order the taps of one row of the kernel and their channels are one run of the source, so this is the loop of a
//! matrix product whose rows overlap. Elements are summed in the order of taps and channels, whatever the tile.
//!
//! Where every channel has a kernel of its own (depthwise), the tile is the same with vectors of the source in the place of broadcasts.

use super::compile::{Loops, Tiles, with_depthwise_tile, with_tile};
use super::geometry::{Pass, Taps};
use crate::lanes::{Kernel, Lanes};

/// Bytes of weights that one block of taps may have: they are read again for every few pixels.
const BLOCK: usize = 384 << 10;

/// Some rows of the target of one sample.
pub(super) struct Band<'a> {
    pub pass: &'a Pass,
    /// What row `first`, column 0 reads with a tap at 0, and the stride of the source's rows.
    pub source: *const f32,
    pub stride: usize,
    /// The weights: `tap` floats for each tap of the kernel, which are rows of `columns`.
    pub weights: *const f32,
    pub tap: usize,
    pub columns: usize,
    /// From one group's weights to the next.
    pub group: usize,
    /// The target's sample.
    pub target: *mut f32,
    pub first: usize,
    pub rows: usize,
    /// Added to each pixel, unless null.
    pub bias: *const f32,
    pub relu: bool,
}

/// The taps of one block, as runs of the source and rows of weights.
#[derive(Clone, Copy)]
struct Runs {
    outer: Taps,
    inner: Taps,
    /// Channels in a run.
    len: usize,
}

/// One call of a tile.
struct Tile<'a> {
    band: &'a Band<'a>,
    runs: Runs,
    weights: *const f32,
    /// The first channel of the source that is read.
    source_channel: usize,
    /// The first column of the target.
    column: usize,
    /// Columns in the last vector.
    last: usize,
    start: bool,
    end: bool,
}

impl Loops for Band<'_> {
    #[inline(always)]
    unsafe fn run<S: Tiles>(self, s: S) {
        let pass = self.pass;
        let groups = if pass.depthwise { 1 } else { pass.groups };
        let (from, to) = (pass.source[2] / pass.groups, pass.target[2] / groups);
        let [outer, inner] = pass.taps;
        // Taps side by side are one run.
        let joined = pass.groups == 1 && inner.step == 1 && inner.kernel_step == 1;
        let runs = match joined {
            true => Runs { outer, inner: Taps { count: inner.count.min(1), ..inner }, len: inner.count * from },
            false => Runs { outer, inner, len: from },
        };
        let row_bytes = (inner.count * from * (S::VECTORS * S::LANES).min(to) * size_of::<f32>()).max(1);
        let block = (BLOCK / row_bytes).clamp(1, outer.count.max(1));
        for group in 0..groups {
            for column in (0..to).step_by(S::VECTORS * S::LANES) {
                let width = (S::VECTORS * S::LANES).min(to - column);
                let vectors = width.div_ceil(S::LANES);
                let last = width - (vectors - 1) * S::LANES;
                for tap in (0..outer.count.max(1)).step_by(block) {
                    let count = block.min(outer.count - tap.min(outer.count));
                    let part = Taps {
                        count,
                        from: outer.from + tap as isize * outer.step,
                        kernel: outer.kernel + tap * outer.kernel_step,
                        ..outer
                    };
                    let tile = Tile {
                        band: &self,
                        runs: Runs { outer: part, ..runs },
                        // SAFETY: inside the weights.
                        weights: unsafe { self.weights.add(group * self.group + column) },
                        source_channel: if pass.depthwise { column } else { group * from },
                        column: group * to + column,
                        last,
                        start: tap == 0,
                        end: tap + block >= outer.count,
                    };
                    if pass.depthwise {
                        with_depthwise_tile!(s: S, vectors, last != S::LANES, DepthwisePixels(&tile))
                    } else {
                        with_tile!(s: S, vectors, last != S::LANES, Pixels(&tile))
                    }
                }
            }
        }
    }
}

/// All pixels of the band, `MR` at a time, from all channels of a group. Whoever makes one vouches for the band.
struct Pixels<'a, const MR: usize, const NV: usize, const MASKED: bool>(&'a Tile<'a>);

impl<const MR: usize, const NV: usize, const MASKED: bool> Kernel for Pixels<'_, MR, NV, MASKED> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        pixels::<S, MR, NV, MASKED, false>(s, self.0);
    }
}

/// The same where each channel is computed from itself alone.
struct DepthwisePixels<'a, const MR: usize, const NV: usize, const MASKED: bool>(&'a Tile<'a>);

impl<const MR: usize, const NV: usize, const MASKED: bool> Kernel for DepthwisePixels<'_, MR, NV, MASKED> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        pixels::<S, MR, NV, MASKED, true>(s, self.0);
    }
}

#[inline(always)]
fn pixels<S: Lanes, const MR: usize, const NV: usize, const MASKED: bool, const DEPTHWISE: bool>(s: S, t: &Tile<'_>) {
    let (mut from, mut to) = ([0; MR], [0; MR]);
    for first in (0..t.band.rows * t.band.pass.size[1]).step_by(MR) {
        t.band.places(first, &mut from, &mut to);
        // SAFETY: pixels of the band, for which the maker of the kernel vouches.
        unsafe { tile::<S, MR, NV, MASKED, DEPTHWISE>(s, t, &from, &to) }
    }
}

impl Band<'_> {
    /// Where the pixels from `first` on read and write; a rest is filled up with the last pixel, which is then computed more than once.
    #[inline(never)]
    fn places(&self, first: usize, from: &mut [usize], to: &mut [usize]) {
        let pass = self.pass;
        let [_, width, channels] = pass.target;
        let [_, columns] = pass.size;
        let (mut row, mut column) = (first / columns, first % columns);
        for (from, to) in from.iter_mut().zip(to) {
            *from = row * pass.step[0] * self.stride + column * pass.step[1] * pass.source[2];
            *to = ((pass.target_from[0] + (self.first + row) * pass.target_step[0]) * width
                + pass.target_from[1]
                + column * pass.target_step[1])
                * channels;
            if column + 1 < columns {
                column += 1;
            } else if row + 1 < self.rows {
                (row, column) = (row + 1, 0);
            }
        }
    }
}

/// `MR` pixels by `NV` vectors of channels.
#[inline(always)]
unsafe fn tile<S: Lanes, const MR: usize, const NV: usize, const MASKED: bool, const DEPTHWISE: bool>(
    s: S,
    t: &Tile<'_>,
    from: &[usize; MR],
    to: &[usize; MR],
) {
    let Runs { outer, inner, len } = t.runs;
    let band = t.band;
    // SAFETY: the band's contract: pixels, taps and columns lie inside the operands; partial vectors go through the mask.
    unsafe {
        let mask = s.mask(if MASKED { t.last } else { S::LANES });
        macro_rules! load {
            ($row:expr, $v:expr) => {
                if MASKED && $v == NV - 1 {
                    s.load_masked($row.add($v * S::LANES), mask)
                } else {
                    s.load($row.add($v * S::LANES))
                }
            };
        }
        let target = band.target.add(t.column);
        let mut acc = [[s.splat(0.0); NV]; MR];
        if !t.start {
            for (acc, &to) in acc.iter_mut().zip(to) {
                for (v, acc) in acc.iter_mut().enumerate() {
                    *acc = load!(target.add(to), v);
                }
            }
        }
        let channels = band.pass.source[2] as isize;
        for ty in 0..outer.count {
            let above = (outer.from + ty as isize * outer.step) * band.stride as isize;
            let kernel_row = (outer.kernel + ty * outer.kernel_step) * band.pass.kernel_width;
            for tx in 0..inner.count {
                let offset = above + (inner.from + tx as isize * inner.step) * channels;
                let source = band.source.offset(offset).add(t.source_channel);
                let tap = kernel_row + inner.kernel + tx * inner.kernel_step;
                let mut weights = t.weights.add(tap * band.tap);
                let pixels: [*const f32; MR] = std::array::from_fn(|i| source.add(from[i]));
                for p in 0..len {
                    let mut row = [s.splat(0.0); NV];
                    for (v, row) in row.iter_mut().enumerate() {
                        *row = load!(weights, v);
                    }
                    for (acc, pixel) in acc.iter_mut().zip(&pixels) {
                        let broadcast = if DEPTHWISE { s.splat(0.0) } else { s.splat(*pixel.add(p)) };
                        for (v, (acc, b)) in acc.iter_mut().zip(row).enumerate() {
                            let a = if DEPTHWISE { load!(pixel, v) } else { broadcast };
                            *acc = s.mul_add(a, b, *acc);
                        }
                    }
                    weights = weights.wrapping_add(band.columns);
                }
            }
        }
        if t.end && !band.bias.is_null() {
            for v in 0..NV {
                let bias = load!(band.bias.add(t.column), v);
                for acc in &mut acc {
                    acc[v] = s.add(acc[v], bias);
                }
            }
        }
        if t.end && band.relu {
            for acc in acc.as_flattened_mut() {
                *acc = s.max(s.splat(0.0), *acc);
            }
        }
        for (acc, &to) in acc.iter().zip(to) {
            let target = target.add(to);
            for (v, &acc) in acc.iter().enumerate() {
                if MASKED && v == NV - 1 && t.last != S::LANES {
                    s.store_masked(target.add(v * S::LANES), mask, acc);
                } else {
                    s.store(target.add(v * S::LANES), acc);
                }
            }
        }
    }
}
