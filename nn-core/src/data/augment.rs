//! Samples that are changed on their way into a batch.

use super::{Dataset, Drawn, Pass, drawn};
use crate::random::Random;
use crate::{Mut, Result, Value};

/// A dataset whose samples a function changes, always in the same way. See [`Dataset::map`].
#[derive(Clone, Debug)]
pub struct Map<D, F> {
    source: D,
    change: F,
}

impl<D, F> Map<D, F> {
    /// `source` with every sample changed by `change`, which gets slices of one sample.
    pub fn new(source: D, change: F) -> Self {
        Self { source, change }
    }
}

#[diagnostic::do_not_recommend]
impl<X, Y, D, F> Dataset<X, Y> for Map<D, F>
where
    X: Value,
    Y: Value,
    D: Dataset<X, Y>,
    F: Fn(Mut<'_, X>, Mut<'_, Y>) + Sync,
{
    fn len(&self) -> usize {
        self.source.len()
    }
    fn fill(&self, indices: &[usize], mut x: Mut<'_, X>, mut y: Mut<'_, Y>) -> Result<()> {
        self.source.fill(indices, X::reborrow(&mut x), Y::reborrow(&mut y))?;
        for at in 0..indices.len() {
            (self.change)(one::<X>(&mut x, at), one::<Y>(&mut y, at));
        }
        Ok(())
    }
    fn fill_for_training(&self, epoch: u64, indices: &[usize], x: Mut<'_, X>, y: Mut<'_, Y>) -> Result<()> {
        drawn::fill_first::<X, Y>(self, epoch, indices, x, y)
    }
    fn fill_drawn(&self, drawn: &Drawn<'_>, mut x: Mut<'_, X>, mut y: Mut<'_, Y>) -> Result<()> {
        self.source.fill_drawn(drawn, X::reborrow(&mut x), Y::reborrow(&mut y))?;
        for at in 0..drawn.indices.len() {
            (self.change)(one::<X>(&mut x, at), one::<Y>(&mut y, at));
        }
        Ok(())
    }
    fn draw_index(&self, random: &mut Random) -> (usize, u32) {
        self.source.draw_index(random)
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
        self.source.write_order(pass, order);
    }
    fn describe(&self) -> String {
        format!("{}, mapped", self.source.describe())
    }
}

/// A dataset whose samples a function changes at random while training; [`Dataset::augment`] makes it.
///
/// The function gets slices of one sample and a generator that is keyed by seed, epoch and index of the sample, and by how often it came before
/// where a pass repeats samples ([`Balanced`](super::Balanced)). So the change does not depend on batch size or threads, and a resumed run sees what an
/// uninterrupted one sees. Several changes, one around the other, draw different numbers, also with the same seed.
/// Evaluation ([`Dataset::fill`], [`Dataset::to_samples`]) sees the samples unchanged.
///
/// ```
/// use nn_core::data::{Dataset, Samples};
/// let data = Samples::new([[0.0, 1.0], [2.0, 3.0]], [0, 1])?;
/// // Gaussian noise with standard deviation 0.1.
/// let noisy = data.augment(42, |random, x, _| {
///     for value in x.as_flattened_mut() {
///         *value += 0.1 * random.normal() as f32;
///     }
/// });
/// let (mut x, mut y) = ([[0.0; 2]; 2], [0; 2]);
/// noisy.fill_for_training(0, &[0, 1], &mut x, &mut y)?;
/// let first = x;
/// noisy.fill_for_training(1, &[0, 1], &mut x, &mut y)?;
/// assert_ne!(x, first);
/// noisy.fill(&[0, 1], &mut x, &mut y)?;
/// assert_eq!(x, [[0.0, 1.0], [2.0, 3.0]]);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Augment<D, F> {
    source: D,
    seed: u64,
    change: F,
}

impl<D, F> Augment<D, F> {
    /// `source` with every sample changed by `change` while training.
    pub fn new(source: D, seed: u64, change: F) -> Self {
        Self { source, seed, change }
    }
}

#[diagnostic::do_not_recommend]
impl<X, Y, D, F> Dataset<X, Y> for Augment<D, F>
where
    X: Value,
    Y: Value,
    D: Dataset<X, Y>,
    F: Fn(&mut Random, Mut<'_, X>, Mut<'_, Y>) + Sync,
{
    fn len(&self) -> usize {
        self.source.len()
    }
    fn fill(&self, indices: &[usize], x: Mut<'_, X>, y: Mut<'_, Y>) -> Result<()> {
        self.source.fill(indices, x, y)
    }
    fn fill_for_training(&self, epoch: u64, indices: &[usize], x: Mut<'_, X>, y: Mut<'_, Y>) -> Result<()> {
        drawn::fill_first::<X, Y>(self, epoch, indices, x, y)
    }
    fn fill_drawn(&self, drawn: &Drawn<'_>, mut x: Mut<'_, X>, mut y: Mut<'_, Y>) -> Result<()> {
        self.source.fill_drawn(drawn, X::reborrow(&mut x), Y::reborrow(&mut y))?;
        let layer = self.source.changes_for("augment");
        for at in 0..drawn.indices.len() {
            let mut random = drawn.random(self.seed, "augment", layer, at);
            (self.change)(&mut random, one::<X>(&mut x, at), one::<Y>(&mut y, at));
        }
        Ok(())
    }
    fn draw_index(&self, random: &mut Random) -> (usize, u32) {
        self.source.draw_index(random)
    }
    fn changes_for(&self, purpose: &str) -> u64 {
        self.source.changes_for(purpose) + u64::from(purpose == "augment")
    }
    fn weights(&self) -> Option<&[f32]> {
        self.source.weights()
    }
    fn is_augmented(&self) -> bool {
        true
    }
    fn write_order(&self, pass: &Pass, order: &mut Vec<usize>) {
        self.source.write_order(pass, order);
    }
    fn describe(&self) -> String {
        format!("{}, augmented", self.source.describe())
    }
}

/// The sample at `at`, as a batch of one.
fn one<'a, V: Value>(batch: &'a mut Mut<'_, V>, at: usize) -> Mut<'a, V> {
    V::part_mut(V::reborrow(batch), at..at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Samples;

    fn data() -> Samples<[f32; 2], u32> {
        Samples::new([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], [0, 1, 2]).unwrap()
    }

    #[test]
    fn a_change_depends_on_seed_epoch_and_sample_but_not_on_the_batch() {
        let noise = |random: &mut Random, x: &mut [[f32; 2]], _: &mut [u32]| x[0][0] += random.uniform() as f32;
        let draw = |seed, epoch, indices: &[usize]| {
            let (mut x, mut y) = (vec![[0.0; 2]; indices.len()], vec![0; indices.len()]);
            data().augment(seed, noise).fill_for_training(epoch, indices, &mut x[..], &mut y[..]).unwrap();
            x
        };
        let all = draw(1, 0, &[0, 1, 2]);
        assert_eq!(draw(1, 0, &[2]), all[2..]);
        assert_eq!(draw(1, 0, &[1, 0]), [all[1], all[0]]);
        assert_ne!(draw(1, 1, &[2]), all[2..]);
        assert_ne!(draw(2, 0, &[2]), all[2..]);
        assert_ne!(all[0][0], all[1][0] - 2.0);
    }

    #[test]
    fn layers_of_changes_apply_from_the_inside_out() {
        let data = data();
        let changed = data.subset([2, 0]).unwrap().map(|x, y| {
            x[0][1] *= 10.0;
            y[0] += 1;
        });
        let changed = changed.augment(0, |_, x, _| x[0][1] += 1.0).map(|x, _| x[0][1] *= 2.0);
        let (mut x, mut y) = ([[0.0; 2]; 2], [0; 2]);
        changed.fill(&[0, 1], &mut x, &mut y).unwrap();
        assert_eq!((x, y), ([[4.0, 100.0], [0.0, 20.0]], [3, 1]));
        changed.fill_for_training(0, &[0, 1], &mut x, &mut y).unwrap();
        assert_eq!((x, y), ([[4.0, 102.0], [0.0, 22.0]], [3, 1]));
        let all = "2 of 3 samples of shape [2] with targets of shape [], mapped, augmented, mapped";
        assert_eq!(changed.describe(), all);
    }
}
