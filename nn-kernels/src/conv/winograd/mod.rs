//! Winograd's minimal filtering, F(2×2, 3×3): 16 products where a direct convolution takes 36. (Lavin and Gray, "Fast Algorithms for
//! Convolutional Neural Networks", 2016)
//!
//! ```text
//! tile d of 4 × 4 pixels      V = Bᵀ·d·B      ┐
//! kernel g of 3 × 3 taps      U = G·g·Gᵀ      ├ sums over channels of V · U: 16 matrix products     M
//! 2 × 2 outputs               Y = Aᵀ·M·A      ┘
//! ```
//!
//! | pass | products |
//! |---|---|
//! | forward | `M[ξ] = V[ξ]·U[ξ]`: tiles by channels, channels in by channels out |
//! | gradient of the input | the same over dy with the kernel turned round |
//! | gradient of the weights | `dU[ξ] = Σ V[ξ]ᵀ·W[ξ]` over tiles, with `W = A·dY·Aᵀ`; then `dg = Gᵀ·dU·G` |
//!
//! Tiles are transformed a block at a time, as many as the nearest caches hold with their products, and every tile is computed by one task:
//! the bits depend neither on the number of threads nor on the blocks. Bᵀ and A only add, which is why the error is no larger than that of
//! the direct sum.
//!
//! That holds for numbers. An infinite pixel, or one so large that sums of four overflow, is in several products of a tile, with either sign: where
//! the direct sum is infinite there may be NaN, and in the whole tile, so up to a pixel beyond the outputs that see it.

mod gradient;
mod transform;

pub(super) use gradient::{backward_weights, weights_scratch};
pub(super) use transform::{Finish, Pool};

use super::geometry::Conv;
use crate::Team;
use crate::gemm::{A, Compiled, Strip, strip};
use crate::lanes::{Baseline, vectorize};
use crate::path::Isa;
use crate::scratch::{LEAST, with_scratch};
use crate::team::SendPointer;
use transform::{InputRows, KernelRows, OutputRows};

/// The products of a tile.
const PRODUCTS: usize = 16;
/// From this many channels on each side, transforming pays.
const CHANNELS: usize = 8;
/// Tasks that a batch is cut into at least, if it has as many rows of tiles.
const TASKS: usize = 4;
/// Floats between the ends and beginnings of matrices, so that their rows do not fall on the same cache lines.
const APART: usize = 16;

/// A pass over tiles: which image is read, with how many zeros around it, and which is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tiles {
    /// Height, width, channels.
    pub source: [usize; 3],
    /// Zeros above and to the left.
    pub margin: [usize; 2],
    /// Height, width, channels.
    pub target: [usize; 3],
}

impl Conv {
    /// Whether the convolution is one for Winograd's algorithm.
    pub const fn is_winograd(&self) -> bool {
        self.kernel[0] == 3
            && self.kernel[1] == 3
            && self.stride[0] == 1
            && self.stride[1] == 1
            && self.dilation[0] == 1
            && self.dilation[1] == 1
            && self.groups == 1
            && self.input[2] >= CHANNELS
            && self.output[2] >= CHANNELS
            && self.padding[0] <= 2
            && self.padding[1] <= 2
            && self.output[0] * self.output[1] >= 4
    }

    /// Floats of the transformed weights.
    pub(super) const fn transformed_len(&self) -> usize {
        PRODUCTS * self.input[2] * self.output[2]
    }

    pub(super) fn tiles_forward(&self) -> Tiles {
        Tiles { source: self.input, margin: self.padding, target: self.output }
    }

    pub(super) fn tiles_backward(&self) -> Tiles {
        Tiles { source: self.output, margin: self.padding.map(|padding| 2 - padding), target: self.input }
    }
}

impl Tiles {
    /// Rows and columns of tiles.
    fn count(&self) -> [usize; 2] {
        [self.target[0].div_ceil(2), self.target[1].div_ceil(2)]
    }

    /// Rows of tiles in a block: what fits the scratch memory that every thread has, and leaves some tasks.
    fn rows(&self, n: usize) -> usize {
        let [down, across] = self.count();
        let fit = (LEAST - PRODUCTS * 2 * APART) / (PRODUCTS * (self.source[2] + self.target[2]) * across);
        fit.min((n * down).div_ceil(TASKS)).max(1)
    }

    /// The four rows of sample and image that row `row` of all tiles of the batch reads, null outside of the image.
    fn rows_read(&self, x: *const f32, row: usize) -> [*const f32; 4] {
        let [height, width, channels] = self.source;
        let (sample, first) = (row / self.count()[0], row % self.count()[0] * 2);
        std::array::from_fn(|i| match (first + i).checked_sub(self.margin[0]).filter(|&y| y < height) {
            Some(y) => x.wrapping_add((sample * height + y) * width * channels),
            None => std::ptr::null(),
        })
    }
}

/// Transforms `[3, 3, in, out]` to 16 matrices of `[in, out]`, or, for the gradient of the input (`turned`), of `[out, in]`.
pub(super) fn transform_weights(team: &Team, conv: &Conv, w: &[f32], turned: bool, to: &mut [f32]) {
    let (depth, out) = (conv.input[2], conv.output[2]);
    assert!(conv.is_winograd() && w.len() == 9 * depth * out && to.len() == conv.transformed_len());
    let isa = Isa::current();
    let to = SendPointer(to.as_mut_ptr());
    let (rows, len) = if turned { (out, depth) } else { (depth, out) };
    team.run(rows.div_ceil(8), &|task| {
        let rows = task * 8..rows.min(task * 8 + 8);
        // SAFETY: these rows of the 16 matrices are the task's own.
        unsafe {
            if turned {
                // Columns of the taps, turned round, as rows.
                with_scratch(9 * 8 * len, |columns| {
                    for tap in 0..9 {
                        let from = &w[(8 - tap) * depth * out..][..depth * out];
                        for (i, row) in rows.clone().enumerate() {
                            for (j, to) in columns[(tap * 8 + i) * len..][..len].iter_mut().enumerate() {
                                *to = from[j * out + row];
                            }
                        }
                    }
                    let (taps, tap) = (columns.as_ptr(), 8 * len);
                    let to = to.get().add(rows.start * len);
                    let len = rows.len() * len;
                    vectorize(isa, KernelRows { taps, tap, len, to, matrix: depth * out });
                });
            } else {
                let (taps, to) = (w.as_ptr().add(rows.start * len), to.get().add(rows.start * len));
                vectorize(isa, KernelRows { taps, tap: depth * out, len: rows.len() * len, to, matrix: depth * out });
            }
        }
    });
}

/// Computes a pass with transformed weights: `finish` says what becomes of the outputs.
///
/// # Safety
///
/// `x` has `n` images of the source, `u` is what [`transform_weights`] has made for the pass, and `finish` has room for the outputs.
pub(super) unsafe fn run(team: &Team, tiles: &Tiles, n: usize, x: &[f32], u: &[f32], finish: &Finish) {
    let isa = Isa::current();
    let [down, _] = tiles.count();
    let rows = tiles.rows(n);
    let (x, u) = (SendPointer(x.as_ptr().cast_mut()), SendPointer(u.as_ptr().cast_mut()));
    let all = n * down;
    team.run(all.div_ceil(rows), &|task| {
        let rows = task * rows..all.min((task + 1) * rows);
        let (x, u) = (x.get().cast_const(), u.get().cast_const());
        // SAFETY: the caller's contract; rows of tiles write pixels of their own.
        unsafe {
            match isa {
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512(token) => block(token, isa, tiles, rows, x, u, finish),
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2(token) => block(token, isa, tiles, rows, x, u, finish),
                Isa::Baseline => block(Baseline, isa, tiles, rows, x, u, finish),
            }
        }
    });
}

/// Some rows of tiles: transform, multiply, transform back.
unsafe fn block<S: Compiled>(
    s: S,
    isa: Isa,
    tiles: &Tiles,
    rows: std::ops::Range<usize>,
    x: *const f32,
    u: *const f32,
    finish: &Finish,
) {
    let [down, across] = tiles.count();
    let (depth, out) = (tiles.source[2], tiles.target[2]);
    let count = rows.len() * across;
    let (v_step, m_step) = (count * depth + APART, count * out + APART);
    with_scratch(PRODUCTS * (v_step + m_step), |scratch| {
        let (v, m) = scratch.split_at_mut(PRODUCTS * v_step);
        let (v, m) = (v.as_mut_ptr(), m.as_mut_ptr());
        // SAFETY: the scratch has room for all tiles; the rest is the caller's contract.
        unsafe {
            for (i, row) in rows.clone().enumerate() {
                let (from, to) = (tiles.rows_read(x, row), v.add(i * across * depth));
                let columns = Columns { width: tiles.source[1], margin: tiles.margin[1], across };
                vectorize(isa, InputRows { rows: from, columns, channels: depth, to, matrix: v_step });
            }
            for product in 0..PRODUCTS {
                let (a, b) = (v.add(product * v_step).cast_const(), u.add(product * depth * out));
                multiply(s, [count, depth, out], A::rows(a, depth), b, (m.add(product * m_step), out), false);
            }
            for (i, row) in rows.enumerate() {
                let from = m.add(i * across * out).cast_const();
                let at = (row / down, row % down);
                vectorize(isa, OutputRows { from, matrix: m_step, across, target: tiles.target, at, finish });
            }
        }
    });
}

/// The columns of a row of tiles.
#[derive(Clone, Copy)]
struct Columns {
    /// Of the image.
    width: usize,
    /// Zeros to the left.
    margin: usize,
    /// Tiles.
    across: usize,
}

/// `C = A·B`, or added to C: `[m, k] · [k, n]`, B without gaps.
unsafe fn multiply<S: Compiled>(
    s: S,
    [m, k, n]: [usize; 3],
    a: A,
    b: *const f32,
    (c, ldc): (*mut f32, usize),
    from_c: bool,
) {
    for j in (0..n).step_by(S::NR) {
        // SAFETY: the caller's operands have these sizes.
        unsafe {
            let (b, c) = (b.add(j), c.add(j));
            let part =
                Strip { k, a, b, ldb: n, panel: S::NR, c, ldc, last: 0, from_c, bias: std::ptr::null(), relu: false };
            strip(s, part, m, S::NR.min(n - j), usize::MAX);
        }
    }
}
