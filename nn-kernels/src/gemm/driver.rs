//! The loops around the microkernel.
//!
//! ```text
//! for each task (block of C)                   team
//!   for jc in columns by nc
//!     for pc in k by kc                        pack B[pc, jc] (or read it in place)
//!       for ic in rows by mc                   pack A[ic, pc] (or read it in place)
//!         for jr in columns by nr              one strip of B
//!           for ir in rows by mr               microkernel
//!     epilogue on the columns that are done
//! ```

use super::blocking::{Blocking, Layout, Shape, blocking};
use super::epilogue::Finish;
use super::micro::{A, Compiled, Lies, Strip};
use super::pack::{PackRows, PackTransposed};
use crate::Team;
use crate::cache::Cache;
use crate::lanes::vectorize;
use crate::scratch::with_scratch;

/// The operands of a product, checked to fit: pointers, strides, and how they lie.
#[derive(Clone, Copy)]
pub(super) struct Product {
    pub shape: Shape,
    pub a: *const f32,
    pub b: *const f32,
    pub c: *mut f32,
    pub ldc: usize,
    pub finish: Finish,
}

// SAFETY: tasks read A and B and write disjoint blocks of C.
unsafe impl Send for Product {}
// SAFETY: as above.
unsafe impl Sync for Product {}

/// Computes the product with the microkernels of `S`.
///
/// # Safety
///
/// The pointers are valid for the shape and C overlaps neither A nor B.
pub(super) unsafe fn multiply<S: Compiled>(team: &Team, s: S, product: &Product) {
    let Shape { m, n, .. } = product.shape;
    let plan = blocking(product.shape, S::MR, S::NR, team.threads(), Cache::second_level());
    let (rows, cols) = plan.task;
    let across = n.div_ceil(cols);
    team.run(m.div_ceil(rows) * across, &|task| {
        let (i, j) = (task / across * rows, task % across * cols);
        let size = (rows.min(m - i), cols.min(n - j));
        // SAFETY: inside C; tasks have disjoint blocks.
        unsafe { block(s, product, &plan, (i, j), size) }
    });
}

/// The same on the calling thread, for products that are a part of a task.
///
/// # Safety
///
/// As [`multiply`].
pub(super) unsafe fn multiply_inside<S: Compiled>(s: S, product: &Product) {
    let Shape { m, n, .. } = product.shape;
    let plan = blocking(product.shape, S::MR, S::NR, 1, Cache::second_level());
    // SAFETY: by contract.
    unsafe { block(s, product, &plan, (0, 0), (m, n)) }
}

/// One task: `size` elements of C from `start`.
unsafe fn block<S: Compiled>(s: S, product: &Product, plan: &Blocking, start: (usize, usize), size: (usize, usize)) {
    let room_b = if plan.pack_b { plan.kc * plan.nc.next_multiple_of(S::NR) } else { 0 };
    let room_a = plan.copy_a.map_or(0, |copy| copy.room(plan.mc, plan.kc));
    with_scratch(room_a + room_b, |scratch| {
        let (packed_b, packed_a) = scratch.split_at_mut(room_b);
        // SAFETY: the caller's contract.
        unsafe { loops(s, product, plan, start, size, packed_a, packed_b) }
    });
}

unsafe fn loops<S: Compiled>(
    s: S,
    product: &Product,
    plan: &Blocking,
    (i0, j0): (usize, usize),
    (rows, cols): (usize, usize),
    packed_a: &mut [f32],
    packed_b: &mut [f32],
) {
    let Product { shape, a, b, c, ldc, finish } = *product;
    let k = shape.k;
    // SAFETY (all pointer arithmetic below): offsets of elements inside the operands, or of panels inside the scratch.
    for jc in (j0..j0 + cols).step_by(plan.nc) {
        let nc = plan.nc.min(j0 + cols - jc);
        for pc in (0..k).step_by(plan.kc) {
            let kc = plan.kc.min(k - pc);
            let (first, last) = (pc == 0, pc + kc == k);
            if plan.pack_b {
                let (to, nr) = (packed_b.as_mut_ptr(), S::NR);
                // SAFETY: see above.
                unsafe {
                    if shape.b == Layout::Transposed {
                        let from = b.add(jc * shape.ldb + pc);
                        vectorize(finish.isa, PackTransposed { from, ld: shape.ldb, k: kc, cols: nc, to, nr });
                    } else {
                        let from = b.add(pc * shape.ldb + jc);
                        vectorize(finish.isa, PackRows { from, ld: shape.ldb, k: kc, cols: nc, to, nr });
                    }
                }
            }
            for ic in (i0..i0 + rows).step_by(plan.mc) {
                let mc = plan.mc.min(i0 + rows - ic);
                // A where it lies, or the copy of its block.
                let mut block_a = if shape.a_trans {
                    // SAFETY: see above.
                    A::columns(unsafe { a.add(pc * shape.lda + ic) }, shape.lda)
                } else {
                    // SAFETY: see above.
                    A::rows(unsafe { a.add(ic * shape.lda + pc) }, shape.lda)
                };
                if let Some(copy) = plan.copy_a {
                    let to = packed_a.as_mut_ptr();
                    // SAFETY: the block is inside A, and the scratch has the room that `copy` asked for.
                    block_a = unsafe { copy.copy(finish.isa, block_a.first, shape.lda, (mc, kc), to) };
                }
                // Where B lies ready, a strip for few rows is wider than a panel.
                let (nr, panel) = match shape.b {
                    _ if plan.pack_b => (S::NR, 0),
                    Layout::Packed => (S::across(mc).next_multiple_of(S::VECTORS) * S::LANES, S::NR * k),
                    _ => (S::across(mc) * S::LANES, S::NR),
                };
                for jr in (0..nc).step_by(nr) {
                    let width = nr.min(nc - jr);
                    let j = jc + jr;
                    // SAFETY: see above.
                    let (b, ldb) = unsafe {
                        if plan.pack_b {
                            (packed_b.as_ptr().add(jr * kc), S::NR)
                        } else if shape.b == Layout::Packed {
                            (b.add(j / S::NR * S::NR * k + pc * S::NR), S::NR)
                        } else {
                            (b.add(pc * shape.ldb + j), shape.ldb)
                        }
                    };
                    let bias = if last && !finish.bias.is_null() {
                        // SAFETY: see above; the bias has an element for each column.
                        unsafe { finish.bias.add(j) }
                    } else {
                        std::ptr::null()
                    };
                    let (from_c, relu) = (!first || finish.accumulate, last && finish.relu_in_tile());
                    // SAFETY: see above.
                    let c_strip = unsafe { c.add(ic * ldc + j) };
                    let part = Strip { k: kc, a: block_a, b, ldb, panel, c: c_strip, ldc, last: 0, from_c, bias, relu };
                    // SAFETY: see above.
                    unsafe { strip(s, part, mc, width, plan.rows) };
                    if last {
                        // SAFETY: the block is this task's.
                        unsafe { finish.pass(c, ldc, (ic, j), (mc, width)) }
                    }
                }
            }
        }
    }
}

/// All tiles of `rows` rows in a strip of `width` columns, `S::NR` or for few rows `S::across`, at most `most` rows high.
///
/// # Safety
///
/// As for the microkernel, for all rows.
pub(crate) unsafe fn strip<S: Compiled>(s: S, mut part: Strip, mut rows: usize, width: usize, most: usize) {
    let vectors = width.div_ceil(S::LANES);
    part.last = width - (vectors - 1) * S::LANES;
    let (masked, along) = (part.last != S::LANES, matches!(part.a.lies, Lies::Rows { .. }));
    let heights = S::ROWS[vectors - 1];
    let most = most.min(part.a.most_rows());
    let panels = matches!(part.a.lies, Lies::Panels { .. });
    for (i, &height) in heights.iter().enumerate().filter(|&(_, &height)| height <= most) {
        let lower = if panels { None } else { heights.get(i + 1).copied() };
        let count = tiles_of(height, lower, rows, vectors);
        if count > 0 {
            // SAFETY: `count * height` rows are left and the caller vouches for the operands.
            unsafe { S::tile(height, vectors, masked, along)(s, &part, count) };
            part.a = part.a.below(height, count);
            part.c = part.c.wrapping_add(count * height * part.ldc);
            rows -= count * height;
        }
    }
}

/// How many tiles of `height` rows to take of `rows`, where `lower` is the next height that there is.
///
/// As many as fit, but for one if it and the rest make two tiles of the next height: 8 rows are 4 and 4, not 6 and 2, whose four
/// accumulators would wait for each other's multiply-adds. (32 × 128 × 784 in tiles of 6 × 2 vectors: 5 per cent.)
fn tiles_of(height: usize, lower: Option<usize>, rows: usize, vectors: usize) -> usize {
    let (count, rest) = (rows / height, rows % height);
    let slow = rest > 0 && rest * vectors < ACCUMULATORS;
    if slow && count > 0 && lower.is_some_and(|lower| rest + height == 2 * lower) { count - 1 } else { count }
}

/// Accumulators that hide the latency of a multiply-add: it takes four cycles, and two can begin in each.
const ACCUMULATORS: usize = 8;

#[cfg(test)]
mod tests {
    use super::tiles_of;

    #[test]
    fn a_low_rest_is_shared_with_the_tile_before() {
        let of_six = |rows, vectors| tiles_of(6, Some(4), rows, vectors);
        assert_eq!([6, 7, 8, 9, 10, 11, 12, 32].map(|rows| of_six(rows, 2)), [1, 1, 0, 1, 1, 1, 2, 4]);
        assert_eq!(of_six(2, 2), 0);
        assert_eq!(of_six(8, 4), 1, "two rows of four vectors are accumulators enough");
        assert_eq!(tiles_of(6, None, 8, 2), 1, "panels are six rows high");
        assert_eq!((tiles_of(12, Some(6), 14, 2), tiles_of(14, Some(8), 16, 1)), (1, 0));
    }
}
