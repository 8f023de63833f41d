//! The gradient of the weights: sums over all pixels of the batch.
//!
//! The batch is cut into a number of chunks that depends on sizes only. Each chunk adds up its own gradient, and those are added in
//! order: the bits do not depend on the number of threads.

use super::compile::{Loops, Tiles, compiled, with_depthwise_tile, with_tile};
use super::geometry::{Conv, Pass};
use super::pad::with_rows;
use super::winograd;
use crate::Team;
use crate::lanes::{Kernel, Lanes};
use crate::path::Isa;
use crate::team::SendPointer;

/// The most chunks of a batch.
const CHUNKS: usize = 8;
/// The most floats that the gradients of all chunks take.
const ROOM: usize = 1 << 20;
/// Tasks to aim at: what is missing in chunks is cut from the rows of the gradient.
const TASKS: usize = 16;
/// Floats of dy that stay in the nearest cache while the tiles go over them.
const NEAR: usize = 6 << 10;

impl Conv {
    /// Chunks of a large batch.
    const fn chunks(&self) -> usize {
        let fit = ROOM / self.weight_len();
        if fit < 1 {
            1
        } else if fit > CHUNKS {
            CHUNKS
        } else {
            fit
        }
    }

    /// Floats of scratch memory that [`conv_backward_weights`] wants.
    pub const fn weights_scratch(&self) -> usize {
        if self.is_winograd() {
            winograd::weights_scratch(self)
        } else if self.chunks() > 1 {
            self.chunks() * self.weight_len()
        } else {
            0
        }
    }
}

/// `dw = Σ x · dy` over all samples and positions, `[kh, kw, in / groups, out]`; added to what is there if `accumulate`.
///
/// # Panics
///
/// When the sizes do not fit each other, or `scratch` is shorter than [`Conv::weights_scratch`].
pub fn conv_backward_weights(
    team: &Team,
    conv: &Conv,
    x: &[f32],
    dy: &[f32],
    dw: &mut [f32],
    scratch: &mut [f32],
    accumulate: bool,
) {
    let n = conv.samples(x.len(), dy.len());
    assert!(dw.len() == conv.weight_len() && scratch.len() >= conv.weights_scratch(), "dw or its scratch is too small");
    if conv.is_winograd() {
        return winograd::backward_weights(team, conv, (x, dy), dw, scratch, accumulate);
    }
    let chunks = conv.chunks().min(n.max(1));
    if !accumulate && chunks == 1 {
        dw.fill(0.0);
    }
    let (pass, isa, len) = (conv.forward(), Isa::current(), dw.len());
    // Rows of the gradient: taps and input channels of a group. Those of a depthwise convolution are too few to be cut.
    let rows = conv.kernel[0] * conv.kernel[1] * conv.input[2] / conv.groups;
    let parts = if conv.is_depthwise() { 1 } else { TASKS.div_ceil(chunks).min(rows.div_ceil(8)).max(1) };
    let part_rows = rows.div_ceil(parts).next_multiple_of(8);
    let parts = rows.div_ceil(part_rows);
    let (x, dy) = (SendPointer(x.as_ptr().cast_mut()), SendPointer(dy.as_ptr().cast_mut()));
    let to = SendPointer(if chunks == 1 { dw.as_mut_ptr() } else { scratch.as_mut_ptr() });
    team.run(chunks * parts, &|task| {
        let (chunk, part) = (task / parts, task % parts);
        let (first, end) = (part * part_rows, ((part + 1) * part_rows).min(rows));
        let samples = chunk * n / chunks..(chunk + 1) * n / chunks;
        let out = conv.output[2];
        // SAFETY: rows `first..end` of the chunk's gradient belong to this task; samples lie inside x and dy.
        unsafe {
            let to = to.get().add(chunk * len);
            if chunks > 1 {
                std::slice::from_raw_parts_mut(to.add(first * out), (end - first) * out).fill(0.0);
            }
            for sample in samples {
                let (x, dy) =
                    (x.get().add(sample * conv.input_len()), dy.get().add(sample * conv.output_len()).cast_const());
                let most = pass.most_rows().min((NEAR / (conv.output[1] * out)).max(1));
                for from in (0..conv.output[0]).step_by(most) {
                    let count = most.min(conv.output[0] - from);
                    with_rows(&pass, x, from, count, |source, stride| {
                        let dy = dy.add(from * conv.output[1] * out);
                        compiled(
                            isa,
                            Block { conv, pass: &pass, source, stride, dy, rows: count, first, end, gradient: to },
                        );
                    });
                }
            }
        }
    });
    if chunks > 1 {
        let parts = SendPointer(scratch.as_mut_ptr());
        team.chunks_mut(dw, 4096, |index, dw| {
            for chunk in 0..chunks {
                // SAFETY: the scratch has `chunks` gradients, which nobody writes now.
                let part = unsafe {
                    std::slice::from_raw_parts(parts.get().add(chunk * len + index * 4096).cast_const(), dw.len())
                };
                if chunk == 0 && !accumulate {
                    dw.copy_from_slice(part);
                } else {
                    dw.iter_mut().zip(part).for_each(|(dw, part)| *dw += part);
                }
            }
        });
    }
}

/// Some rows of the gradient, from some rows of pixels of one sample.
struct Block<'a> {
    conv: &'a Conv,
    pass: &'a Pass,
    source: *const f32,
    stride: usize,
    dy: *const f32,
    /// Rows of pixels.
    rows: usize,
    /// Rows of the gradient.
    first: usize,
    end: usize,
    gradient: *mut f32,
}

struct Strip<'a> {
    block: &'a Block<'a>,
    column: usize,
    /// The first channel of the source that is read.
    source_channel: usize,
    last: usize,
}

impl Loops for Block<'_> {
    #[inline(always)]
    unsafe fn run<S: Tiles>(self, s: S) {
        let conv = self.conv;
        let depthwise = conv.is_depthwise();
        let groups = if depthwise { 1 } else { conv.groups };
        let (from, to) = (conv.input[2] / conv.groups, conv.output[2] / groups);
        for group in 0..groups {
            for column in (0..to).step_by(S::VECTORS * S::LANES) {
                let width = (S::VECTORS * S::LANES).min(to - column);
                let vectors = width.div_ceil(S::LANES);
                let last = width - (vectors - 1) * S::LANES;
                let source_channel = if depthwise { column } else { group * from };
                let strip = Strip { block: &self, column: group * to + column, source_channel, last };
                if depthwise {
                    with_depthwise_tile!(s: S, vectors, last != S::LANES, DepthwiseRows(&strip))
                } else {
                    with_tile!(s: S, vectors, last != S::LANES, Rows(&strip))
                }
            }
        }
    }
}

/// All rows of the block, `MR` at a time. Whoever makes one vouches for the block.
struct Rows<'a, const MR: usize, const NV: usize, const MASKED: bool>(&'a Strip<'a>);

impl<const MR: usize, const NV: usize, const MASKED: bool> Kernel for Rows<'_, MR, NV, MASKED> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        rows::<S, MR, NV, MASKED, false>(s, self.0);
    }
}

/// The same where each channel has a gradient from itself alone.
struct DepthwiseRows<'a, const MR: usize, const NV: usize, const MASKED: bool>(&'a Strip<'a>);

impl<const MR: usize, const NV: usize, const MASKED: bool> Kernel for DepthwiseRows<'_, MR, NV, MASKED> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        rows::<S, MR, NV, MASKED, true>(s, self.0);
    }
}

#[inline(always)]
fn rows<S: Lanes, const MR: usize, const NV: usize, const MASKED: bool, const DEPTHWISE: bool>(
    s: S,
    strip: &Strip<'_>,
) {
    let (mut offset, mut to) = ([0; MR], [0; MR]);
    for row in (strip.block.first..strip.block.end).step_by(MR) {
        strip.places(row, &mut offset, &mut to);
        // SAFETY: rows of the block, for which the maker of the kernel vouches.
        unsafe { tile::<S, MR, NV, MASKED, DEPTHWISE>(s, strip, &offset, &to) }
    }
}

impl Strip<'_> {
    /// Where the rows from `first` on read and write; a rest is filled up with the last row, which is then computed more than once.
    #[inline(never)]
    fn places(&self, first: usize, offset: &mut [usize], to: &mut [usize]) {
        let (block, conv) = (self.block, self.block.conv);
        let depth = conv.input[2] / conv.groups;
        for (i, (offset, to)) in offset.iter_mut().zip(to).enumerate() {
            let row = (first + i).min(block.end - 1);
            let (tap, channel) = (row / depth, row % depth);
            let (ky, kx) = (tap / conv.kernel[1], tap % conv.kernel[1]);
            *offset = ky * conv.dilation[0] * block.stride
                + kx * conv.dilation[1] * conv.input[2]
                + self.source_channel
                + channel;
            *to = row * conv.output[2] + self.column;
        }
    }
}

#[inline(always)]
unsafe fn tile<S: Lanes, const MR: usize, const NV: usize, const MASKED: bool, const DEPTHWISE: bool>(
    s: S,
    strip: &Strip<'_>,
    offset: &[usize; MR],
    to: &[usize; MR],
) {
    let (block, conv) = (strip.block, strip.block.conv);
    // SAFETY: taps of the block's pixels and rows of its gradient; partial vectors go through the mask.
    unsafe {
        let mask = s.mask(if MASKED { strip.last } else { S::LANES });
        macro_rules! load {
            ($row:expr, $v:expr) => {
                if MASKED && $v == NV - 1 {
                    s.load_masked($row.add($v * S::LANES), mask)
                } else {
                    s.load($row.add($v * S::LANES))
                }
            };
        }
        let mut acc = [[s.splat(0.0); NV]; MR];
        for (acc, &to) in acc.iter_mut().zip(to) {
            for (v, acc) in acc.iter_mut().enumerate() {
                *acc = load!(block.gradient.add(to).cast_const(), v);
            }
        }
        let mut dy = block.dy.add(strip.column);
        let step = block.pass.step[1] * conv.input[2];
        for row in 0..block.rows {
            let source = block.source.add(row * block.pass.step[0] * block.stride);
            let taps: [*const f32; MR] = std::array::from_fn(|i| source.add(offset[i]));
            let mut pixel = 0;
            for _ in 0..conv.output[1] {
                let mut values = [s.splat(0.0); NV];
                for (v, value) in values.iter_mut().enumerate() {
                    *value = load!(dy, v);
                }
                for (acc, tap) in acc.iter_mut().zip(&taps) {
                    let broadcast = if DEPTHWISE { s.splat(0.0) } else { s.splat(*tap.add(pixel)) };
                    for (v, (acc, b)) in acc.iter_mut().zip(values).enumerate() {
                        let a = if DEPTHWISE { load!(tap.add(pixel), v) } else { broadcast };
                        *acc = s.mul_add(a, b, *acc);
                    }
                }
                pixel += step;
                dy = dy.wrapping_add(conv.output[2]);
            }
        }
        for (acc, &to) in acc.iter().zip(to) {
            let gradient = block.gradient.add(to);
            for (v, &acc) in acc.iter().enumerate() {
                if MASKED && v == NV - 1 && strip.last != S::LANES {
                    s.store_masked(gradient.add(v * S::LANES), mask, acc);
                } else {
                    s.store(gradient.add(v * S::LANES), acc);
                }
            }
        }
    }
}
