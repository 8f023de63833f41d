//! Samples as a pass draws them: what changes them at random has to know more than an index.

use super::Dataset;
use crate::random::{Random, fold, mix};
use crate::{Mut, Result, Value};

/// Samples that a pass wants, which of their repeats they are, and how it draws others. Datasets hand it inwards.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Drawn<'a> {
    pub(super) epoch: u64,
    pub(super) indices: &'a [usize],
    /// How often each of the indices came before in the pass; empty where none did.
    pub(super) repeats: &'a [u32],
    /// A sample that the pass may draw too, and one of its repeats.
    pub(super) draw: &'a (dyn Fn(&mut Random) -> (usize, u32) + Sync + 'a),
}

impl Drawn<'_> {
    /// The random numbers with which sample number `at` of these is changed. `layer` changes of this purpose are further inside: theirs are others, also
    /// where the seed is the same.
    pub(super) fn random(&self, seed: u64, purpose: &str, layer: u64, at: usize) -> Random {
        let differ = |seed, what, number| if number > 0 { mix(fold(seed, what), number) } else { seed };
        let repeat = self.repeats.get(at).copied().unwrap_or(0);
        let seed = differ(differ(seed, "layer", layer), "repeat", u64::from(repeat));
        Random::new(seed, purpose).at(self.epoch).at(self.indices[at] as u64)
    }
}

/// [`Dataset::fill_for_training`] of a dataset that has [`Dataset::fill_drawn`]: samples that come for the first time, in a pass of this dataset.
pub(super) fn fill_first<X: Value, Y: Value>(
    data: &impl Dataset<X, Y>,
    epoch: u64,
    indices: &[usize],
    x: Mut<'_, X>,
    y: Mut<'_, Y>,
) -> Result<()> {
    data.fill_drawn(&Drawn { epoch, indices, repeats: &[], draw: &|random| data.draw_index(random) }, x, y)
}

/// The indices of a pass, one after the other.
#[derive(Default)]
pub(super) struct Order {
    pub(super) indices: Vec<usize>,
    /// As in [`Drawn`].
    repeats: Vec<u32>,
    /// How often each sample has come.
    seen: Vec<u32>,
}

impl Order {
    pub(super) fn with_capacity(len: usize) -> Self {
        Self { indices: Vec::with_capacity(len), ..Self::default() }
    }

    /// Counts how often each index came before, for a dataset of `len` samples. Without a number of samples all count as if they came once.
    pub(super) fn count(&mut self, len: Option<usize>) {
        let Self { indices, repeats, seen } = self;
        repeats.clear();
        let Some(len) = len else { return };
        seen.clear();
        seen.resize(len, 0);
        // An index that is out of range is told where it is loaded.
        let mut come = |index: usize| match seen.get_mut(index) {
            Some(count) => core::mem::replace(count, count.saturating_add(1)),
            None => 0,
        };
        let twice = indices.iter().position(|&index| come(index) > 0);
        if let Some(first) = twice {
            repeats.resize(first, 0);
            repeats.push(1);
            repeats.extend(indices[first + 1..].iter().map(|&index| come(index)));
        }
    }

    /// Some of the indices, and how often each came before.
    pub(super) fn part(&self, range: core::ops::Range<usize>) -> (&[usize], &[u32]) {
        (&self.indices[range.clone()], self.repeats.get(range).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
