//! Tiles of outputs: `Y = Aᵀ·M·A`, and what follows.

use super::{Part, Row, all_channels};
use crate::lanes::{Kernel, Lanes};

/// What becomes of the outputs of a pass.
#[derive(Clone, Copy)]
pub(in crate::conv) struct Finish {
    /// Added to every pixel, unless null.
    pub bias: *const f32,
    pub relu: bool,
    /// The images to write, or what is left of them after pooling.
    pub y: *mut f32,
    pub pool: Option<Pool>,
}

// SAFETY: tasks read the bias and write pixels of their own.
unsafe impl Send for Finish {}
// SAFETY: as above.
unsafe impl Sync for Finish {}

/// The largest of each 2 × 2 outputs, which are a tile.
#[derive(Clone, Copy)]
pub(in crate::conv) struct Pool {
    /// Where to keep which it is (0 to 3, a byte for each output, samples `sample` bytes apart), unless null.
    pub picks: *mut u8,
    pub sample: usize,
}

/// `Y = Aᵀ·M·A` of a row of tiles, and what follows.
pub(in crate::conv::winograd) struct OutputRows<'a> {
    /// The first tile's channels in the first matrix, and from one matrix to the next.
    pub from: *const f32,
    pub matrix: usize,
    pub across: usize,
    pub target: [usize; 3],
    /// Sample and row of tiles.
    pub at: (usize, usize),
    pub finish: &'a Finish,
}

impl OutputRows<'_> {
    /// The four outputs of a tile.
    ///
    /// # Safety
    ///
    /// `from` is the tile's place in the first matrix.
    #[inline(always)]
    unsafe fn outputs<S: Lanes, const WHOLE: bool>(
        &self,
        part: Part<S, WHOLE>,
        from: *const f32,
        bias: S::Vector,
    ) -> [S::Vector; 4] {
        let (s, zero) = (part.s, part.s.splat(0.0));
        let (mut top, mut bottom) = ([zero; 4], [zero; 4]);
        for j in 0..4 {
            let mut m = [zero; 4];
            for (i, m) in m.iter_mut().enumerate() {
                // SAFETY: the matrices have a row for this tile.
                *m = unsafe { part.load(from.add((4 * i + j) * self.matrix)) };
            }
            top[j] = s.add(m[0], s.add(m[1], m[2]));
            bottom[j] = s.sub(s.sub(m[1], m[2]), m[3]);
        }
        let mut y = [zero; 4];
        for (i, t) in [top, bottom].into_iter().enumerate() {
            y[2 * i] = s.add(s.add(t[0], t[1]), t[2]);
            y[2 * i + 1] = s.sub(s.sub(t[1], t[2]), t[3]);
        }
        for y in &mut y {
            *y = s.add(*y, bias);
            if self.finish.relu {
                *y = s.max(zero, *y);
            }
        }
        y
    }
}

/// The largest of four outputs and which it is: the first where several are equal, one that is NaN where there is one.
#[inline(always)]
fn largest<S: Lanes>(s: S, y: [S::Vector; 4]) -> (S::Vector, S::Vector) {
    let (mut best, mut pick) = (y[0], s.splat(0.0));
    for (i, &y) in y.iter().enumerate().skip(1) {
        let index = s.splat(i as f32);
        let (wins, nan) = (s.less(best, y), s.is_nan(y));
        best = s.select(nan, y, s.select(wins, y, best));
        pick = s.select(nan, index, s.select(wins, index, pick));
    }
    (best, pick)
}

impl Row for OutputRows<'_> {
    fn channels(&self) -> usize {
        self.target[2]
    }

    #[inline(always)]
    unsafe fn transform<S: Lanes, const WHOLE: bool>(&self, part: Part<S, WHOLE>, channel: usize) {
        let Self { from, across, target: [height, width, channels], at: (sample, row), finish, .. } = *self;
        let s = part.s;
        // SAFETY: channels of the bias, of the tiles and of the images; the picks have a byte for each output.
        unsafe {
            let bias = if finish.bias.is_null() { s.splat(0.0) } else { part.load(finish.bias.add(channel)) };
            let Some(pool) = finish.pool else {
                let step = width * channels;
                let y = finish.y.add((sample * height + 2 * row) * step + channel);
                for tile in 0..across {
                    let values = self.outputs(part, from.add(tile * channels + channel), bias);
                    let (y, right) = (y.add(2 * tile * channels), 2 * tile + 1 < width);
                    part.store(y, values[0]);
                    if right {
                        part.store(y.add(channels), values[1]);
                    }
                    if 2 * row + 1 < height {
                        part.store(y.add(step), values[2]);
                        if right {
                            part.store(y.add(step + channels), values[3]);
                        }
                    }
                }
                return;
            };
            if row >= height / 2 {
                return;
            }
            for tile in 0..width / 2 {
                let values = self.outputs(part, from.add(tile * channels + channel), bias);
                let (best, pick) = largest(s, values);
                let at = (row * (width / 2) + tile) * channels + channel;
                part.store(finish.y.add(sample * (height / 2) * (width / 2) * channels + at), best);
                if !pool.picks.is_null() {
                    let mut picks = [0.0_f32; 16];
                    s.store(picks.as_mut_ptr(), pick);
                    let to = pool.picks.add(sample * pool.sample + at);
                    let lanes = if WHOLE { S::LANES } else { channels - channel };
                    for (i, pick) in picks[..lanes].iter().enumerate() {
                        *to.add(i) = pick.to_int_unchecked::<i32>() as u8;
                    }
                }
            }
        }
    }
}

impl Kernel for OutputRows<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        // SAFETY: by the contract of whoever made the row.
        unsafe { all_channels(s, &self) }
    }
}
