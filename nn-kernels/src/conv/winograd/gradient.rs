//! The gradient of the weights: `dU[ξ] = Σ V[ξ]ᵀ·W[ξ]` over all tiles.
//!
//! The batch is cut into chunks, whose number depends on sizes only. A chunk goes over its tiles a block at a time and adds to its own dU; the
//! chunks' are added in order.

use super::transform::{GradientRows, InputRows, KernelGradients};
use super::{APART, Columns, PRODUCTS, Tiles, multiply};
use crate::Team;
use crate::conv::geometry::Conv;
use crate::gemm::A;
use crate::gemm::Compiled;
use crate::lanes::{Baseline, vectorize};
use crate::path::Isa;
use crate::scratch::{LEAST, with_scratch};
use crate::team::SendPointer;

/// The most chunks of a batch.
const CHUNKS: usize = 16;
/// The most floats that all chunks take.
const ROOM: usize = 1 << 20;

const fn chunks(conv: &Conv) -> usize {
    let fit = ROOM / conv.transformed_len();
    if fit < 1 {
        1
    } else if fit > CHUNKS {
        CHUNKS
    } else {
        fit
    }
}

/// Floats of scratch memory for the gradient.
pub(in crate::conv) const fn weights_scratch(conv: &Conv) -> usize {
    chunks(conv) * conv.transformed_len()
}

/// `dw`, as [`conv_backward_weights`](crate::conv_backward_weights).
pub(in crate::conv) fn backward_weights(
    team: &Team,
    conv: &Conv,
    (x, dy): (&[f32], &[f32]),
    dw: &mut [f32],
    scratch: &mut [f32],
    accumulate: bool,
) {
    let n = x.len() / conv.input_len();
    assert!(x.len() == n * conv.input_len() && dy.len() == n * conv.output_len() && conv.is_winograd());
    assert!(dw.len() == conv.weight_len() && scratch.len() >= weights_scratch(conv));
    let (isa, tiles, len) = (Isa::current(), conv.tiles_forward(), conv.transformed_len());
    let chunks = chunks(conv).min(n.max(1));
    let (x, dy) = (SendPointer(x.as_ptr().cast_mut()), SendPointer(dy.as_ptr().cast_mut()));
    let to = SendPointer(scratch.as_mut_ptr());
    team.run(chunks, &|chunk| {
        let samples = chunk * n / chunks..(chunk + 1) * n / chunks;
        // SAFETY: the samples lie inside x and dy, and this part of the scratch is the task's own.
        unsafe {
            let (x, dy, to) = (x.get().cast_const(), dy.get().cast_const(), to.get().add(chunk * len));
            match isa {
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512(token) => part(token, isa, &tiles, samples, x, dy, to),
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2(token) => part(token, isa, &tiles, samples, x, dy, to),
                Isa::Baseline => part(Baseline, isa, &tiles, samples, x, dy, to),
            }
        }
    });
    let (to, from) = (SendPointer(dw.as_mut_ptr()), SendPointer(scratch.as_mut_ptr()));
    let kernels = conv.input[2] * conv.output[2];
    const STEP: usize = 512;
    team.run(kernels.div_ceil(STEP), &|task| {
        let (at, len) = (task * STEP, STEP.min(kernels - task * STEP));
        // SAFETY: these kernels are the task's own, and nobody writes the scratch now.
        unsafe {
            let (from, to) = (from.get().add(at).cast_const(), to.get().add(at));
            let (part, parts) = (PRODUCTS * kernels, chunks);
            vectorize(isa, KernelGradients { from, matrix: kernels, part, parts, len, to, tap: kernels, accumulate });
        }
    });
}

/// dU of some samples.
unsafe fn part<S: Compiled>(
    s: S,
    isa: Isa,
    tiles: &Tiles,
    samples: std::ops::Range<usize>,
    x: *const f32,
    dy: *const f32,
    to: *mut f32,
) {
    let [down, across] = tiles.count();
    let [height, width, out] = tiles.target;
    let depth = tiles.source[2];
    let fit = (LEAST - 2 * PRODUCTS * APART) / (PRODUCTS * (depth + out) * across);
    let all = samples.start * down..samples.end * down;
    let step = fit.clamp(1, all.len().max(1));
    if all.is_empty() {
        // SAFETY: the caller's contract.
        unsafe { std::slice::from_raw_parts_mut(to, PRODUCTS * depth * out).fill(0.0) }
    }
    for first in all.clone().step_by(step) {
        let rows = first..all.end.min(first + step);
        let count = rows.len() * across;
        let (v_step, w_step) = (count * depth + APART, count * out + APART);
        with_scratch(PRODUCTS * (v_step + w_step), |scratch| {
            let (v, w) = scratch.split_at_mut(PRODUCTS * v_step);
            let (v, w) = (v.as_mut_ptr(), w.as_mut_ptr());
            // SAFETY: the scratch has room for the block; the rest is the caller's contract.
            unsafe {
                for (i, row) in rows.enumerate() {
                    let columns = Columns { width: tiles.source[1], margin: tiles.margin[1], across };
                    let (from, place) = (tiles.rows_read(x, row), v.add(i * across * depth));
                    vectorize(isa, InputRows { rows: from, columns, channels: depth, to: place, matrix: v_step });
                    let (sample, top) = (row / down, row % down * 2);
                    let from = std::array::from_fn(|i| match top + i < height {
                        true => dy.add((sample * height + top + i) * width * out),
                        false => std::ptr::null(),
                    });
                    let place = w.add(i * across * out);
                    vectorize(
                        isa,
                        GradientRows { rows: from, width, across, channels: out, to: place, matrix: w_step },
                    );
                }
                for product in 0..PRODUCTS {
                    let a = A::columns(v.add(product * v_step).cast_const(), depth);
                    let b = w.add(product * w_step).cast_const();
                    let c = (to.add(product * depth * out), out);
                    multiply(s, [depth, count, out], a, b, c, first > all.start);
                }
            }
        });
    }
}
