//! The transforms, a row of tiles at a time, vectors of channels.
//!
//! No closures: what is not inlined into a function with the instruction set's features makes a call of every operation.

use super::{Columns, PRODUCTS};
use crate::lanes::{Kernel, Lanes};

/// `V = Bᵀ·d·B` of a row of tiles; tiles side by side share two columns.
pub(super) struct InputRows {
    /// The four rows of the image, null where there are zeros.
    pub rows: [*const f32; 4],
    pub columns: Columns,
    pub channels: usize,
    /// The first tile's channels in the first matrix, and from one matrix to the next.
    pub to: *mut f32,
    pub matrix: usize,
}

/// Some channels: all lanes of a vector, or fewer.
#[derive(Clone, Copy)]
struct Part<S: Lanes> {
    s: S,
    mask: S::Mask,
    whole: bool,
}

impl<S: Lanes> Part<S> {
    #[inline(always)]
    fn new(s: S, lanes: usize) -> Self {
        let lanes = if lanes < S::LANES { lanes } else { S::LANES };
        Self { s, mask: s.mask(lanes), whole: lanes == S::LANES }
    }

    /// # Safety
    ///
    /// `from` is valid for the lanes.
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> S::Vector {
        // SAFETY: by contract.
        unsafe { if self.whole { self.s.load(from) } else { self.s.load_masked(from, self.mask) } }
    }

    /// # Safety
    ///
    /// `to` is valid for the lanes.
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, value: S::Vector) {
        // SAFETY: by contract.
        unsafe { if self.whole { self.s.store(to, value) } else { self.s.store_masked(to, self.mask, value) } }
    }
}

impl InputRows {
    /// One column of d, Bᵀ applied: differences and sums of its rows.
    ///
    /// # Safety
    ///
    /// The rows are rows of the image.
    #[inline(always)]
    unsafe fn column<S: Lanes>(&self, part: Part<S>, at: usize, channel: usize) -> [S::Vector; 4] {
        let (s, zero) = (part.s, part.s.splat(0.0));
        let mut d = [zero; 4];
        let at = at.wrapping_sub(self.columns.margin);
        if at < self.columns.width {
            for (d, row) in d.iter_mut().zip(self.rows) {
                if !row.is_null() {
                    // SAFETY: a pixel of the image.
                    *d = unsafe { part.load(row.add(at * self.channels + channel)) };
                }
            }
        }
        [s.sub(d[0], d[2]), s.add(d[1], d[2]), s.sub(d[2], d[1]), s.sub(d[1], d[3])]
    }
}

impl Kernel for InputRows {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        for channel in (0..self.channels).step_by(S::LANES) {
            let part = Part::new(s, self.channels - channel);
            // SAFETY: rows of the image; the matrices have a row for each tile.
            unsafe {
                let (mut a, mut b) = (self.column(part, 0, channel), self.column(part, 1, channel));
                for tile in 0..self.columns.across {
                    let c = self.column(part, 2 * tile + 2, channel);
                    let d = self.column(part, 2 * tile + 3, channel);
                    let to = self.to.add(tile * self.channels + channel);
                    for i in 0..4 {
                        let row = [s.sub(a[i], c[i]), s.add(b[i], c[i]), s.sub(c[i], b[i]), s.sub(b[i], d[i])];
                        for (j, value) in row.into_iter().enumerate() {
                            part.store(to.add((4 * i + j) * self.matrix), value);
                        }
                    }
                    (a, b) = (c, d);
                }
            }
        }
    }
}

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
pub(super) struct OutputRows<'a> {
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
    unsafe fn outputs<S: Lanes>(&self, part: Part<S>, from: *const f32, bias: S::Vector) -> [S::Vector; 4] {
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

impl Kernel for OutputRows<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self { from, across, target: [height, width, channels], at: (sample, row), finish, .. } = self;
        for channel in (0..channels).step_by(S::LANES) {
            let part = Part::new(s, channels - channel);
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
                    continue;
                };
                if row >= height / 2 {
                    continue;
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
                        if part.whole {
                            for (i, pick) in picks[..S::LANES].iter().enumerate() {
                                *to.add(i) = pick.to_int_unchecked::<i32>() as u8;
                            }
                        } else {
                            for (i, pick) in picks[..channels - channel].iter().enumerate() {
                                *to.add(i) = pick.to_int_unchecked::<i32>() as u8;
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `U = G·g·Gᵀ` of `len` kernels side by side.
pub(super) struct KernelRows {
    /// The first tap of the first kernel, and from one tap to the next.
    pub taps: *const f32,
    pub tap: usize,
    pub len: usize,
    /// The first kernel in the first matrix, and from one matrix to the next.
    pub to: *mut f32,
    pub matrix: usize,
}

/// `G·(a, b, c)`.
#[inline(always)]
fn spread<S: Lanes>(s: S, [a, b, c]: [S::Vector; 3]) -> [S::Vector; 4] {
    let half = s.splat(0.5);
    let ends = s.add(a, c);
    [a, s.mul(half, s.add(ends, b)), s.mul(half, s.sub(ends, b)), c]
}

impl Kernel for KernelRows {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self { taps, tap, len, to, matrix } = self;
        for at in (0..len).step_by(S::LANES) {
            let mask = s.mask(S::LANES.min(len - at));
            // SAFETY: kernels of the operand; partial vectors go through the mask.
            unsafe {
                let mut rows = [[s.splat(0.0); 4]; 3];
                for (i, row) in rows.iter_mut().enumerate() {
                    let mut g = [s.splat(0.0); 3];
                    for (j, g) in g.iter_mut().enumerate() {
                        *g = s.load_masked(taps.add((3 * i + j) * tap + at), mask);
                    }
                    *row = spread(s, g);
                }
                #[expect(clippy::needless_range_loop, reason = "a column of an array of rows")]
                for j in 0..4 {
                    let column = spread(s, [rows[0][j], rows[1][j], rows[2][j]]);
                    for (i, value) in column.into_iter().enumerate() {
                        s.store_masked(to.add((4 * i + j) * matrix + at), mask, value);
                    }
                }
            }
        }
    }
}

/// `W = A·dY·Aᵀ` of a row of tiles.
pub(super) struct GradientRows {
    /// Two rows of dy, null where there is none.
    pub rows: [*const f32; 2],
    pub width: usize,
    pub across: usize,
    pub channels: usize,
    pub to: *mut f32,
    pub matrix: usize,
}

impl Kernel for GradientRows {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self { rows, width, across, channels, to, matrix } = self;
        let zero = s.splat(0.0);
        for channel in (0..channels).step_by(S::LANES) {
            let part = Part::new(s, channels - channel);
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
}

/// `dg = Gᵀ·dU·G` of `len` kernels, with dU the sum of `parts` parts in order; added to what is there if `accumulate`.
pub(super) struct KernelGradients {
    pub from: *const f32,
    /// From one matrix to the next, and from one part to the next.
    pub matrix: usize,
    pub part: usize,
    pub parts: usize,
    pub len: usize,
    pub to: *mut f32,
    pub tap: usize,
    pub accumulate: bool,
}

/// `Gᵀ·(a, b, c, d)`.
#[inline(always)]
fn gather<S: Lanes>(s: S, [a, b, c, d]: [S::Vector; 4]) -> [S::Vector; 3] {
    let half = s.splat(0.5);
    let (sum, difference) = (s.mul(half, s.add(b, c)), s.mul(half, s.sub(b, c)));
    [s.add(a, sum), difference, s.add(sum, d)]
}

impl Kernel for KernelGradients {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self { from, matrix, part, parts, len, to, tap, accumulate } = self;
        for at in (0..len).step_by(S::LANES) {
            let mask = s.mask(S::LANES.min(len - at));
            // SAFETY: kernels of the operands; partial vectors go through the mask.
            unsafe {
                let mut du = [s.splat(0.0); PRODUCTS];
                for index in 0..parts {
                    for (product, du) in du.iter_mut().enumerate() {
                        *du = s.add(*du, s.load_masked(from.add(index * part + product * matrix + at), mask));
                    }
                }
                let mut columns = [[s.splat(0.0); 3]; 4];
                for (j, column) in columns.iter_mut().enumerate() {
                    *column = gather(s, [du[j], du[4 + j], du[8 + j], du[12 + j]]);
                }
                #[expect(clippy::needless_range_loop, reason = "a column of an array of rows")]
                for i in 0..3 {
                    let row = gather(s, [columns[0][i], columns[1][i], columns[2][i], columns[3][i]]);
                    for (j, value) in row.into_iter().enumerate() {
                        let to = to.add((3 * i + j) * tap + at);
                        let value = if accumulate { s.add(s.load_masked(to, mask), value) } else { value };
                        s.store_masked(to, mask, value);
                    }
                }
            }
        }
    }
}
