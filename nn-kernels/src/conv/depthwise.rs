//! Convolutions of every channel with a kernel of its own: vectors of channels, no sums across them.

use super::compile::{Loops, Tiles};
use super::pass::Band;

/// A band of a depthwise pass.
pub(super) struct Channels<'a>(pub Band<'a>);

impl Loops for Channels<'_> {
    #[inline(always)]
    unsafe fn run<S: Tiles>(self, s: S) {
        let band = &self.0;
        let pass = band.pass;
        let channels = pass.source[2];
        for column in (0..channels).step_by(S::LANES) {
            let width = S::LANES.min(channels - column);
            for row in 0..band.rows {
                for x in 0..pass.size[1] {
                    // SAFETY: the band's contract.
                    unsafe { pixel(s, band, column, width, row, x) }
                }
            }
        }
    }
}

/// One pixel, one vector of channels.
#[inline(always)]
unsafe fn pixel<S: Tiles>(s: S, band: &Band<'_>, column: usize, width: usize, row: usize, x: usize) {
    let pass = band.pass;
    let channels = pass.source[2];
    let [outer, inner] = pass.taps;
    // SAFETY: taps and channels of the band; a partial vector goes through the mask.
    unsafe {
        let mask = s.mask(width);
        let source = band.source.add(row * pass.step[0] * band.stride + x * pass.step[1] * channels + column);
        let weights = band.weights.add(column);
        let mut sum = s.splat(0.0);
        for ty in 0..outer.count {
            let above = (outer.from + ty as isize * outer.step) * band.stride as isize;
            let kernel_row = (outer.kernel + ty * outer.kernel_step) * pass.kernel_width;
            for tx in 0..inner.count {
                let source = source.offset(above + (inner.from + tx as isize * inner.step) * channels as isize);
                let weights = weights.add((kernel_row + inner.kernel + tx * inner.kernel_step) * channels);
                sum = s.mul_add(s.load_masked(source, mask), s.load_masked(weights, mask), sum);
            }
        }
        if !band.bias.is_null() {
            sum = s.add(sum, s.load_masked(band.bias.add(column), mask));
        }
        if band.relu {
            sum = s.max(s.splat(0.0), sum);
        }
        let at = (pass.target_from[0] + (band.first + row) * pass.target_step[0]) * pass.target[1]
            + pass.target_from[1]
            + x * pass.target_step[1];
        s.store_masked(band.target.add(at * channels + column), mask, sum);
    }
}
