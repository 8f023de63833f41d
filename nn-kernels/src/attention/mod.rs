//! Attention of the positions of a sample to each other, several heads side by side.
//!
//! ```text
//! for each sample, head, block of queries      a task in the forward pass; in the backward pass all blocks of a head are one
//!   S = Q·Kᵀ                                   scores in scratch memory, [queries, positions]
//!   P = softmax(S / √width)
//!   O = P·V
//! ```
//!
//! Queries, keys and values lie in the rows of one projection, and products read a head where it lies: its rows are as far apart as those
//! of the projection. So nothing is copied or transposed. Scores exist for a block of queries at a time, whatever the length of a
//! sample, and the backward pass computes them again: they would be the only memory that grows with the square of the positions.
//! (Dao et al., 2022; whole rows of scores fit the second-level cache here, so that the softmax is the ordinary one.)
//!
//! The gradients of keys and values are sums over queries, which one task takes block by block. So no bit depends on the number of threads.

mod backward;
mod forward;
mod probabilities;
#[cfg(test)]
mod tests;

pub use backward::attention_backward;
pub use forward::attention;

use crate::Mat;
use crate::sizes::elements;

/// Sizes of an attention, and which positions see which.
///
/// A projection has a row of `3 · features` for each position: the query, the key and the value, each with the features of one head after those
/// of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attention {
    /// Positions of a sample.
    pub positions: usize,
    /// Features of a query, a key or a value, all heads together.
    pub features: usize,
    /// A divisor of the features.
    pub heads: usize,
    /// Whether a position sees itself and those before it only.
    pub causal: bool,
}

/// The most queries of a block. Every block packs the keys anew and adds to their gradients, so few are better.
const QUERIES: usize = 128;
/// The least where positions behind the last query of a block are left out: the smaller a block, the more that is, and the more blocks.
const CAUSAL_QUERIES: usize = 32;
/// The most scores of a block, so that two blocks fit the scratch memory that every thread has from the start.
const SCORES: usize = crate::scratch::LEAST / 2;
/// Multiply-adds of a task, at least.
const TASK: usize = 60_000;

/// What [`Attention::part`] takes of a projection.
#[derive(Clone, Copy)]
enum Part {
    Queries,
    Keys,
    Values,
}

/// Some queries of a head, and the positions that they see.
#[derive(Clone, Copy)]
struct Block {
    first: usize,
    queries: usize,
    positions: usize,
}

impl Attention {
    /// Features of a head.
    fn width(&self) -> usize {
        self.features / self.heads
    }

    fn scale(&self) -> f32 {
        1.0 / (self.width() as f32).sqrt()
    }

    /// The number of samples in a projection and in an output.
    ///
    /// # Panics
    ///
    /// When the heads do not divide the features, or the lengths do not fit.
    fn samples(&self, what: &str, projection: usize, output: usize) -> usize {
        let Self { positions, features, heads, .. } = *self;
        assert!(heads > 0 && features.is_multiple_of(heads), "{what}: {heads} heads do not divide {features} features");
        let sizes = [elements(self, &[positions, features, 3]), elements(self, &[positions, features])];
        let samples = crate::sizes::samples(projection, sizes[0], output, sizes[1]);
        samples.unwrap_or_else(|| {
            panic!("{what}: a projection of {projection} and an output of {output} elements are no batch of {self:?}")
        })
    }

    /// How the queries of a head are cut.
    fn blocks(&self) -> impl DoubleEndedIterator<Item = Block> + use<> {
        let Self { positions, causal, .. } = *self;
        let size = self.queries();
        (0..positions.div_ceil(size)).map(move |block| {
            let first = block * size;
            let queries = size.min(positions - first);
            Block { first, queries, positions: if causal { first + queries } else { positions } }
        })
    }

    /// Queries of a block.
    fn queries(&self) -> usize {
        let most = if self.causal { (self.positions / 4).clamp(CAUSAL_QUERIES, QUERIES) } else { QUERIES };
        let most = (SCORES / self.positions).clamp(1, most);
        self.positions.div_ceil(self.positions.div_ceil(most))
    }

    /// The most scores of a block.
    fn scores(&self) -> usize {
        self.queries() * self.positions
    }

    /// Some rows of a head of a projection.
    fn part<'a>(&self, projection: &'a [f32], (sample, head): (usize, usize), part: Part, rows: [usize; 2]) -> Mat<'a> {
        let start = self.start((sample, head), part, rows[0]);
        Mat::with_stride(&projection[start..], rows[1], self.width(), 3 * self.features)
    }

    /// Where a row of a head of a projection starts.
    fn start(&self, (sample, head): (usize, usize), part: Part, row: usize) -> usize {
        (sample * self.positions + row) * 3 * self.features + part as usize * self.features + head * self.width()
    }

    /// Where a row of a head of an output starts.
    fn output(&self, (sample, head): (usize, usize), row: usize) -> usize {
        (sample * self.positions + row) * self.features + head * self.width()
    }
}
