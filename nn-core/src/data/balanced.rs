//! Batches in which every class comes equally often.

use super::{Dataset, Drawn, Pass, drawn};
use crate::random::{Random, mix};
use crate::{Error, Mut, Result, Value};
use std::sync::{Mutex, PoisonError};

/// A dataset whose training passes draw every class equally often, in every batch. For data where some classes are rare.
///
/// A pass has as many samples as the dataset. It goes through the classes in turns, each turn in a random order, so that a batch of `k` times as
/// many samples as there are classes has exactly `k` of each; a last turn that is not complete goes on with the classes where that of the pass before
/// has ended. Within a class the samples come in a random order, and each once before any comes
/// again; a rare class is gone through several times a pass, and what a pass leaves out of a common class comes in the next one. All this
/// depends on seed and epoch alone, so a resumed run goes on with the same batches. Evaluation sees the dataset as it is.
///
/// The outermost dataset decides the order: balance last, or before [`map`](Dataset::map), [`augment`](Dataset::augment), [`transform`](Dataset::transform),
/// [`one_hot`](Dataset::one_hot) and [`mixup`](Dataset::mixup), which keep it: a sample that comes again is changed in another way, and what is
/// blended in is of each class equally often. Without shuffling ([`Fit::shuffle`](crate::train::Fit::shuffle)) no batch is balanced.
///
/// PyTorch: `WeightedRandomSampler` with weights of 1 / count, which draws independently. Weights in the loss instead:
/// [`balanced_class_weights`](super::balanced_class_weights).
///
/// ```
/// use nn_core::data::{Balanced, Batches, Pass, Samples};
/// let data = Samples::new([[0.0]; 12], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1])?;
/// let balanced = Balanced::new(&data, data.y())?;
/// let mut batches = Batches::new(&balanced, 4)?;
/// batches.start(Pass::training(42, 0));
/// while let Some(batch) = batches.next_batch()? {
///     assert_eq!(batch.y.iter().filter(|&&label| label == 1).count(), 2);
/// }
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Balanced<D> {
    source: D,
    /// The samples of each class that has any.
    classes: Vec<Vec<usize>>,
    room: Mutex<Room>,
}

/// Memory for writing an order.
#[derive(Clone, Debug, Default)]
struct Room {
    /// The classes of a turn.
    turn: Vec<usize>,
    /// The classes in the order in which they take part in turns that are not complete, from pass to pass.
    round: Vec<usize>,
    /// For each class, how many of its samples came in all passes before.
    before: Vec<u128>,
    /// For each class, which cycle through its samples `order` holds, and that order.
    cycles: Vec<(Option<u64>, Vec<usize>)>,
}

impl<D> Balanced<D> {
    /// `source` balanced by a label for each of its samples.
    ///
    /// # Errors
    /// [`Error::Argument`] if there are not as many labels as samples, or none.
    pub fn new<X: Value, Y: Value>(source: D, labels: &[u32]) -> Result<Self>
    where
        D: Dataset<X, Y>,
    {
        let wrong = |problem: String| Err(Error::argument("Balanced", problem));
        if labels.len() != source.len() {
            return wrong(format!("{} labels for {} samples", labels.len(), source.len()));
        }
        if labels.is_empty() {
            return wrong("there are no samples".into());
        }
        let mut by_label: Vec<(u32, usize)> = labels.iter().copied().zip(0..).collect();
        by_label.sort_unstable();
        let classes: Vec<Vec<usize>> = by_label
            .chunk_by(|(a, _), (b, _)| a == b)
            .map(|class| class.iter().map(|&(_, index)| index).collect())
            .collect();
        // As large as it will ever be, so that an epoch allocates nothing.
        let cycles = classes.iter().map(|class| (None, class.clone())).collect();
        let [turn, round] = [(); 2].map(|()| Vec::with_capacity(classes.len()));
        let room = Room { turn, round, before: vec![0; classes.len()], cycles };
        Ok(Self { source, classes, room: Mutex::new(room) })
    }

    /// Writes the order of an epoch of `len` samples.
    fn write(&self, seed: u64, epoch: u64, len: usize, order: &mut Vec<usize>) {
        let count = self.classes.len();
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        let Room { turn, round, before, cycles } = &mut *room;
        // Another seed would have other cycles.
        cycles.iter_mut().for_each(|(cycle, _)| *cycle = None);
        let (turns, rest) = (len / count, len % count);
        round.clear();
        round.extend(0..count);
        Random::new(seed, "balanced round").shuffle(round);
        // So many places had the incomplete turns before: the round of the classes goes on from there.
        let over = u128::from(epoch) * rest as u128;
        for (place, &class) in round.iter().enumerate() {
            let extra = (over + (count - 1 - place) as u128) / count as u128;
            before[class] = u128::from(epoch) * turns as u128 + extra;
        }
        order.clear();
        for number in 0..len.div_ceil(count) {
            turn.clear();
            if number < turns {
                turn.extend(0..count);
            } else {
                let start = (over % count as u128) as usize;
                turn.extend(round.iter().cycle().skip(start).take(rest));
            }
            Random::new(seed, "balanced turn").at(epoch).at(number as u64).shuffle(turn);
            for &class in turn.iter() {
                let samples = &self.classes[class];
                let drawn = before[class] + number as u128;
                let (cycle, place) = ((drawn / samples.len() as u128) as u64, (drawn % samples.len() as u128) as usize);
                let (written, shuffled) = &mut cycles[class];
                if *written != Some(cycle) {
                    shuffled.clear();
                    shuffled.extend_from_slice(samples);
                    Random::new(mix(seed, class as u64), "balanced class").at(cycle).shuffle(shuffled);
                    *written = Some(cycle);
                }
                order.push(shuffled[place]);
            }
        }
    }
}

impl<D: Clone> Clone for Balanced<D> {
    fn clone(&self) -> Self {
        let room = self.room.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self { source: self.source.clone(), classes: self.classes.clone(), room: Mutex::new(room) }
    }
}

#[diagnostic::do_not_recommend]
impl<X: Value, Y: Value, D: Dataset<X, Y>> Dataset<X, Y> for Balanced<D> {
    fn len(&self) -> usize {
        self.source.len()
    }
    fn fill(&self, indices: &[usize], x: Mut<'_, X>, y: Mut<'_, Y>) -> Result<()> {
        self.source.fill(indices, x, y)
    }
    fn fill_for_training(&self, epoch: u64, indices: &[usize], x: Mut<'_, X>, y: Mut<'_, Y>) -> Result<()> {
        drawn::fill_first::<X, Y>(self, epoch, indices, x, y)
    }
    fn fill_drawn(&self, drawn: &Drawn<'_>, x: Mut<'_, X>, y: Mut<'_, Y>) -> Result<()> {
        self.source.fill_drawn(drawn, x, y)
    }
    fn draw_index(&self, random: &mut Random) -> (usize, u32) {
        let samples = &self.classes[random.below(self.classes.len())];
        let repeats = self.source.len().div_ceil(self.classes.len()).div_ceil(samples.len());
        (samples[random.below(samples.len())], random.below(repeats) as u32)
    }
    fn changes_for(&self, purpose: &str) -> u64 {
        self.source.changes_for(purpose)
    }
    fn weights(&self) -> Option<&[f32]> {
        self.source.weights()
    }
    fn is_augmented(&self) -> bool {
        self.source.is_augmented()
    }
    fn write_order(&self, pass: &Pass, order: &mut Vec<usize>) {
        match pass.shuffled() {
            Some((seed, epoch)) => self.write(seed, epoch, self.source.len(), order),
            None => pass.write_order(order, self.source.len()),
        }
    }
    fn describe(&self) -> String {
        format!("{}, {} classes balanced", self.source.describe(), self.classes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Batches, Samples};

    /// 2, 30 and 68 samples of the classes 7, 0 and 4.
    fn data() -> Samples<[f32; 1], u32> {
        let labels: Vec<u32> = (0..100)
            .map(|i| {
                if i % 50 == 3 {
                    7
                } else if i < 31 {
                    0
                } else {
                    4
                }
            })
            .collect();
        Samples::new((0..100).map(|i| [i as f32]).collect::<Vec<_>>(), labels).unwrap()
    }

    fn order(seed: u64, epoch: u64) -> Vec<usize> {
        let (data, mut order) = (data(), Vec::new());
        let balanced = Balanced::new(&data, data.y()).unwrap();
        Dataset::<[f32; 1], u32>::write_order(&balanced, &Pass::training(seed, epoch), &mut order);
        order
    }

    #[test]
    fn every_batch_has_every_class_equally_often() {
        let data = data();
        let balanced = Balanced::new(&data, data.y()).unwrap();
        let mut batches = Batches::new(&balanced, 12).unwrap();
        for epoch in 0..3 {
            batches.start(Pass::training(1, epoch));
            let mut sizes = Vec::new();
            while let Some(batch) = batches.next_batch().unwrap() {
                sizes.push(batch.y.len());
                for label in [0, 4, 7] {
                    let count = batch.y.iter().filter(|&&other| other == label).count();
                    let fair = batch.y.len() / 3;
                    assert!(count == fair || batch.y.len() % 3 != 0 && count == fair + 1, "{:?}", batch.y);
                }
            }
            assert_eq!((sizes.iter().sum::<usize>(), sizes.len()), (100, batches.batches_per_pass()));
        }
        batches.start(Pass::evaluation());
        assert_eq!(batches.next_batch().unwrap().unwrap().indices, (0..12).collect::<Vec<_>>());
    }

    #[test]
    fn samples_of_a_class_come_once_before_any_comes_again_across_epochs() {
        let data = data();
        let mut drawn = [const { Vec::new() }; 8];
        for epoch in 0..6 {
            order(3, epoch).into_iter().for_each(|index| drawn[data.y()[index] as usize].push(index));
        }
        for (label, count) in [(0, 30), (4, 68), (7, 2)] {
            assert_eq!(drawn[label].len(), 200, "class {label}");
            for cycle in drawn[label].chunks(count) {
                let mut seen = cycle.to_vec();
                seen.sort_unstable();
                seen.dedup();
                assert_eq!(seen.len(), cycle.len(), "class {label}: {cycle:?}");
            }
        }
    }

    #[test]
    fn classes_of_any_sizes_keep_their_cycles_and_take_turns_in_what_is_left_over() {
        for sizes in [&[1, 4][..], &[2, 3, 6], &[1, 1, 1, 8], &[5, 5, 1, 7, 1]] {
            let labels: Vec<u32> = (0..).zip(sizes).flat_map(|(label, &size)| vec![label; size]).collect();
            let data = Samples::new(vec![[0.0]; labels.len()], labels.clone()).unwrap();
            let balanced = Balanced::new(&data, &labels).unwrap();
            for seed in 0..10 {
                let mut drawn = vec![Vec::new(); sizes.len()];
                let mut order = Vec::new();
                for epoch in 0..30 {
                    Dataset::<[f32; 1], u32>::write_order(&balanced, &Pass::training(seed, epoch), &mut order);
                    assert_eq!(order.len(), labels.len());
                    let mut counts = vec![0; sizes.len()];
                    for &index in &order {
                        counts[labels[index] as usize] += 1;
                        drawn[labels[index] as usize].push(index);
                    }
                    let fair = labels.len() / sizes.len();
                    assert!(counts.iter().all(|&count| count == fair || count == fair + 1), "{counts:?}");
                    let [most, least] = [drawn.iter().map(Vec::len).max(), drawn.iter().map(Vec::len).min()];
                    assert!(most <= least.map(|least| least + 1), "{sizes:?}, epoch {epoch}");
                }
                for (drawn, &size) in drawn.iter().zip(sizes) {
                    for cycle in drawn.chunks(size) {
                        assert!(
                            cycle.iter().enumerate().all(|(i, index)| !cycle[..i].contains(index)),
                            "{sizes:?}: {cycle:?}"
                        );
                    }
                }
                // The last epoch that there can be.
                Dataset::<[f32; 1], u32>::write_order(&balanced, &Pass::training(seed, u64::MAX), &mut order);
                assert_eq!(order.len(), labels.len());
            }
        }
    }

    #[test]
    fn the_order_depends_on_seed_and_epoch_alone_and_is_kept_by_changes() {
        assert_eq!(order(1, 5), order(1, 5));
        assert_ne!(order(1, 5), order(1, 6));
        assert_ne!(order(1, 5), order(2, 5));
        let data = data();
        let balanced = Balanced::new(&data, data.y()).unwrap();
        let changed = (&balanced).map(|_, _| ()).augment(1, |_, _, _| ()).one_hot::<8>().mixup(0.2, 1).unwrap();
        let mut through = Vec::new();
        Dataset::<[f32; 1], [f32; 8]>::write_order(&&changed, &Pass::training(1, 5), &mut through);
        assert_eq!(through, order(1, 5));
        // The same dataset asked for another epoch in between.
        let mut again = Vec::new();
        for epoch in [9, 5] {
            Dataset::<[f32; 1], u32>::write_order(&balanced, &Pass::training(1, epoch), &mut again);
        }
        assert_eq!(again, order(1, 5));
    }

    #[test]
    fn labels_have_to_be_as_many_as_samples() {
        let data = data();
        let problem = Balanced::new(&data, &data.y()[1..]).map(|_| ()).unwrap_err().to_string();
        assert_eq!(problem, "Balanced: 99 labels for 100 samples");
    }
}
