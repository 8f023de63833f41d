//! What each position takes from those that it attends to.

use super::probabilities::probabilities;
use super::{Attention, Block, Part, TASK};
use crate::Mat;
use crate::Team;
use crate::gemm::{Target, nn_inside, nt_inside};
use crate::path::Isa;
use crate::scratch::with_scratch;
use crate::team::SendPointer;

/// `y = softmax(Q·Kᵀ / √width) · V` for each head, from a projection `[samples · positions, 3 · features]` to an output
/// `[samples · positions, features]`. (Vaswani et al., 2017)
///
/// # Panics
///
/// When the heads do not divide the features, or the lengths do not fit.
///
/// ```
/// use nn_kernels::{Attention, Team, attention};
///
/// // Two positions with the same key: the first sees itself only, the second the mean of both.
/// let of = Attention { positions: 2, features: 1, heads: 1, causal: true };
/// let mut y = [0.0; 2];
/// attention(&Team::serial(), &of, &[1.0, 1.0, 4.0, 5.0, 1.0, 6.0], &mut y);
/// assert_eq!(y, [4.0, 5.0]);
/// ```
pub fn attention(team: &Team, of: &Attention, projection: &[f32], y: &mut [f32]) {
    let samples = of.samples("attention", projection.len(), y.len());
    if y.is_empty() {
        return;
    }
    let isa = Isa::current();
    let blocks = of.positions.div_ceil(of.queries());
    let count = samples * of.heads * blocks;
    let at_once = (TASK / (2 * of.scores() * of.width())).max(1);
    let y = SendPointer(y.as_mut_ptr());
    team.run(count.div_ceil(at_once), &|task| {
        with_scratch(of.scores(), |scratch| {
            for item in task * at_once..count.min((task + 1) * at_once) {
                let (head, block) = (item / blocks, item % blocks);
                let head = (head / of.heads, head % of.heads);
                let Some(block) = of.blocks().nth(block) else { continue };
                let scores = block.scores(scratch);
                weights(isa, of, projection, head, block, scores);
                let p = Mat::new(scores, block.queries, block.positions);
                // SAFETY: the rows of the block lie inside `y`, and no other task has these columns of them.
                unsafe {
                    let c = y.get().add(of.output(head, block.first));
                    let v = of.part(projection, head, Part::Values, [0, block.positions]);
                    nn_inside(p, v, Target { c, ldc: of.features, accumulate: false });
                }
            }
        });
    });
}

impl Block {
    /// The scores of the block, in scratch memory that has room for those of any.
    pub(super) fn scores<'a>(&self, scratch: &'a mut [f32]) -> &'a mut [f32] {
        &mut scratch[..self.queries * self.positions]
    }
}

/// How much each query of a block takes from each position.
pub(super) fn weights(
    isa: Isa,
    of: &Attention,
    projection: &[f32],
    head: (usize, usize),
    block: Block,
    scores: &mut [f32],
) {
    let q = of.part(projection, head, Part::Queries, [block.first, block.queries]);
    let k = of.part(projection, head, Part::Keys, [0, block.positions]);
    let c = scores.as_mut_ptr();
    // SAFETY: `scores` has room for a row of positions for each query.
    unsafe { nt_inside(q, k, Target { c, ldc: block.positions, accumulate: false }) }
    probabilities(isa, of, block, scores);
}
