//! The softmax of a block of scores, and its gradient.

use super::{Attention, Block};
use crate::lanes::{Kernel, Lanes, SUMS, vectorize};
use crate::path::Isa;
use crate::rows::{softmax_backward_row, softmax_row};

/// A block of scores, `[queries, positions]`, and what stands beside them.
struct Rows<'a> {
    scores: &'a mut [f32],
    block: Block,
    causal: bool,
    scale: f32,
}

impl Kernel for Rows<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self { scores, block, causal, scale } = self;
        for (query, row) in scores.chunks_exact_mut(block.positions).enumerate() {
            let (seen, whole) = seen(block, causal, query);
            row[seen..whole].fill(f32::NEG_INFINITY);
            // SAFETY: the row has as many elements.
            unsafe { softmax_row(s, row.as_mut_ptr(), whole, scale) }
            row[whole..].fill(0.0);
        }
    }
}

/// How many positions a query sees, and the same in whole vectors, which are quicker.
#[inline(always)]
fn seen(block: Block, causal: bool, query: usize) -> (usize, usize) {
    let seen = if causal { block.first + query + 1 } else { block.positions };
    (seen, seen.next_multiple_of(SUMS).min(block.positions))
}

/// `P = softmax(scores / √width)`, in place, 0 where a query does not see.
pub(super) fn probabilities(isa: Isa, of: &Attention, block: Block, scores: &mut [f32]) {
    vectorize(isa, Rows { scores, block, causal: of.causal, scale: of.scale() });
}

struct BackwardRows<'a> {
    probabilities: &'a [f32],
    gradient: &'a mut [f32],
    block: Block,
    causal: bool,
    scale: f32,
}

impl Kernel for BackwardRows<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes>(self, s: S) {
        let Self { probabilities, gradient, block, causal, scale } = self;
        let rows = probabilities.chunks_exact(block.positions).zip(gradient.chunks_exact_mut(block.positions));
        for (query, (p, dp)) in rows.enumerate() {
            let (_, whole) = seen(block, causal, query);
            // SAFETY: the rows have as many elements.
            unsafe {
                let dp = dp.as_mut_ptr();
                softmax_backward_row(s, p.as_ptr(), dp, dp, whole, scale);
            }
            dp[whole..].fill(0.0);
        }
    }
}

/// The gradient of the products of queries and keys from that of the probabilities, in place.
pub(super) fn probabilities_backward(
    isa: Isa,
    of: &Attention,
    block: Block,
    probabilities: &[f32],
    gradient: &mut [f32],
) {
    vectorize(isa, BackwardRows { probabilities, gradient, block, causal: of.causal, scale: of.scale() });
}
