//! The gradients of queries, keys and values.

use super::forward::weights;
use super::probabilities::probabilities_backward;
use super::{Attention, Part, TASK};
use crate::gemm::{Target, nn_inside, nt_inside, tn_inside};
use crate::path::Isa;
use crate::scratch::with_scratch;
use crate::team::SendPointer;
use crate::{Mat, Team};

/// The gradient of [`attention`](super::attention) with respect to the projection, `[samples · positions, 3 · features]`, from the projection and
/// the gradient `dy` of the output.
///
/// With P = softmax(Q·Kᵀ / √width), dP = dY·Vᵀ and dS = P ∘ (dP − Σ P ∘ dP) / √width, the sum over each row:
/// dQ = dS·K, dK = dSᵀ·Q and dV = Pᵀ·dY. P is computed again.
///
/// # Panics
///
/// When the heads do not divide the features, or the lengths do not fit.
///
/// ```
/// use nn_kernels::{Attention, Team, attention_backward};
///
/// // One position has only itself to attend to.
/// let of = Attention { positions: 1, features: 1, heads: 1, causal: false };
/// let mut gradient = [9.0; 3];
/// attention_backward(&Team::serial(), &of, &[1.0, 2.0, 3.0], &[5.0], &mut gradient);
/// assert_eq!(gradient, [0.0, 0.0, 5.0]);
/// ```
pub fn attention_backward(team: &Team, of: &Attention, projection: &[f32], dy: &[f32], gradient: &mut [f32]) {
    let samples = of.samples("attention_backward", projection.len(), dy.len());
    assert_eq!(gradient.len(), projection.len(), "attention_backward: the lengths of a projection and its gradient");
    if dy.is_empty() {
        return;
    }
    let isa = Isa::current();
    let count = samples * of.heads;
    let at_once = (TASK / (5 * of.positions.saturating_mul(of.positions).saturating_mul(of.width()))).max(1);
    let gradient = SendPointer(gradient.as_mut_ptr());
    team.run(count.div_ceil(at_once), &|task| {
        with_scratch(2 * of.scores(), |scratch| {
            for head in task * at_once..count.min((task + 1) * at_once) {
                let head = (head / of.heads, head % of.heads);
                // SAFETY: the gradient is as long as the projection, and no other task has the columns of this head of this sample.
                unsafe { one_head(isa, of, projection, dy, head, gradient.get(), scratch) }
            }
        });
    });
}

/// The gradients of a head of a sample.
///
/// # Safety
///
/// `gradient` is valid for as many elements as the projection has, and nobody else looks at those of this head.
unsafe fn one_head(
    isa: Isa,
    of: &Attention,
    projection: &[f32],
    dy: &[f32],
    head: (usize, usize),
    gradient: *mut f32,
    scratch: &mut [f32],
) {
    let (for_p, for_ds) = scratch.split_at_mut(of.scores());
    let target = |part, row, accumulate| Target {
        // SAFETY: a row of the gradient, by contract.
        c: unsafe { gradient.add(of.start(head, part, row)) },
        ldc: 3 * of.features,
        accumulate,
    };
    // From the last block, which sees all positions, so that it writes what the others add to.
    let mut accumulate = false;
    for block in of.blocks().rev() {
        let (p, ds) = (block.scores(for_p), block.scores(for_ds));
        let part = |part, rows| of.part(projection, head, part, rows);
        let (queries, positions) = ([block.first, block.queries], [0, block.positions]);
        weights(isa, of, projection, head, block, p);
        let dy = Mat::with_stride(&dy[of.output(head, block.first)..], block.queries, of.width(), of.features);
        let scores = Target { c: ds.as_mut_ptr(), ldc: block.positions, accumulate: false };
        // SAFETY: `ds` has room for a row of positions for each query, and the gradient for the columns of this head by contract.
        unsafe {
            nt_inside(dy, part(Part::Values, positions), scores);
            probabilities_backward(isa, of, block, p, ds);
            let [p, ds] = [&*p, &*ds].map(|scores| Mat::new(scores, block.queries, block.positions));
            nn_inside(ds, part(Part::Keys, positions), target(Part::Queries, block.first, false));
            tn_inside(ds, part(Part::Queries, queries), target(Part::Keys, 0, accumulate));
            tn_inside(p, dy, target(Part::Values, 0, accumulate));
        }
        accumulate = true;
    }
}
