//! In which order an epoch goes through a dataset.

use crate::random::Random;

/// Writes the order of an epoch: a permutation of `0..len` that is a function of seed and epoch alone, so that a run can
/// be repeated and resumed. The vector is reused; nothing is allocated if it has been as long before.
///
/// ```
/// let mut order = Vec::new();
/// nn_core::data::epoch_order(&mut order, 5, 42, 0);
/// let first = order.clone();
/// nn_core::data::epoch_order(&mut order, 5, 42, 1);
/// assert_ne!(order, first);
/// nn_core::data::epoch_order(&mut order, 5, 42, 0);
/// assert_eq!(order, first);
/// ```
pub fn epoch_order(order: &mut Vec<usize>, len: usize, seed: u64, epoch: u64) {
    order.clear();
    order.extend(0..len);
    Random::new(seed, "order").at(epoch).shuffle(order);
}

/// One pass through a dataset: which epoch it is, in which order, and where it starts.
///
/// ```
/// use nn_core::data::Pass;
/// let fresh = Pass::training(42, 3);
/// let resumed = Pass::training(42, 3).skip(120);
/// assert_eq!(resumed.epoch(), Some(3));
/// assert_ne!(fresh, resumed);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    epoch: Option<u64>,
    shuffle: Option<u64>,
    skip: usize,
}

impl Pass {
    /// The samples in their order and unchanged: for evaluation.
    pub const fn evaluation() -> Self {
        Self { epoch: None, shuffle: None, skip: 0 }
    }

    /// The samples in the order of [`epoch_order`], augmented as in this epoch.
    pub const fn training(seed: u64, epoch: u64) -> Self {
        Self { epoch: Some(epoch), shuffle: Some(seed), skip: 0 }
    }

    /// The samples in their order, augmented as in this epoch.
    pub const fn training_in_order(epoch: u64) -> Self {
        Self { epoch: Some(epoch), shuffle: None, skip: 0 }
    }

    /// The same pass without its first batches, to resume in the middle of an epoch.
    #[must_use]
    pub const fn skip(mut self, batches: usize) -> Self {
        self.skip = batches;
        self
    }

    /// The epoch; `None` for evaluation.
    pub const fn epoch(&self) -> Option<u64> {
        self.epoch
    }

    /// The number of batches left out at the start.
    pub const fn skipped(&self) -> usize {
        self.skip
    }

    /// Seed and epoch, where the order is drawn at random.
    pub const fn shuffled(&self) -> Option<(u64, u64)> {
        match (self.shuffle, self.epoch) {
            (Some(seed), Some(epoch)) => Some((seed, epoch)),
            _ => None,
        }
    }

    /// Writes the order of all samples.
    pub fn write_order(&self, order: &mut Vec<usize>, len: usize) {
        match self.shuffle {
            Some(seed) => epoch_order(order, len, seed, self.epoch.unwrap_or(0)),
            None => {
                order.clear();
                order.extend(0..len);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_a_permutation_and_reuses_its_memory() {
        let mut order = Vec::new();
        epoch_order(&mut order, 1000, 1, 0);
        let memory = order.as_ptr();
        for epoch in 0..5 {
            epoch_order(&mut order, 1000, 1, epoch);
            assert_eq!(order.as_ptr(), memory);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..1000).collect::<Vec<_>>());
        }
    }

    #[test]
    fn every_sample_comes_first_about_equally_often() {
        let mut order = Vec::new();
        let mut first = [0; 4];
        for epoch in 0..4000 {
            epoch_order(&mut order, 4, 7, epoch);
            first[order[0]] += 1;
        }
        // Binomial with mean 1000 and standard deviation 27.
        assert!(first.iter().all(|&count| (890..1110).contains(&count)), "{first:?}");
    }
}
