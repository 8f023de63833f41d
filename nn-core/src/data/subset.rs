//! Some samples of a dataset.

use super::{Dataset, Drawn, drawn, samples::check_indices};
use crate::random::Random;
use crate::{Mut, Result, Value};
use core::cell::RefCell;

/// The samples of a dataset at given indices, in that order; indices may repeat.
///
/// [`Dataset::subset`], [`Dataset::split`] and [`Dataset::k_fold`] make subsets that borrow; [`Subset::new`] also takes a
/// dataset by value.
///
/// ```
/// use nn_core::data::{Dataset, Samples, Subset};
/// let data = Samples::new([[0.0], [1.0], [2.0]], [0, 1, 2])?;
/// let last_two = Subset::new(data, [2, 1])?;
/// assert_eq!(last_two.to_samples()?.y(), &[2, 1]);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Subset<D> {
    source: D,
    indices: Vec<usize>,
    weights: Option<Vec<f32>>,
}

impl<D> Subset<D> {
    /// The samples of `source` at `indices`.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if an index is out of range.
    pub fn new<X: Value, Y: Value>(source: D, indices: impl IntoIterator<Item = usize>) -> Result<Self>
    where
        D: Dataset<X, Y>,
    {
        let indices: Vec<usize> = indices.into_iter().collect();
        check_indices("Subset", &indices, source.len())?;
        let weights = match source.weights() {
            None => None,
            Some(weights) => {
                check_indices("Dataset::weights", &indices, weights.len())?;
                Some(indices.iter().map(|&index| weights[index]).collect())
            }
        };
        Ok(Self { source, indices, weights })
    }

    /// Where the samples are in the source.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }

    /// The dataset that the samples are taken from.
    pub fn source(&self) -> &D {
        &self.source
    }

    /// Calls `fill` with the indices in the source.
    fn translated(&self, indices: &[usize], fill: impl FnOnce(&[usize]) -> Result<()>) -> Result<()> {
        check_indices("Subset::fill", indices, self.indices.len())?;
        // A thread keeps its buffer, so that loading a batch allocates nothing; a subset of a subset takes the next one.
        thread_local! {
            static BUFFERS: RefCell<Vec<Vec<usize>>> = const { RefCell::new(Vec::new()) };
        }
        let mut buffer = BUFFERS.with_borrow_mut(Vec::pop).unwrap_or_default();
        buffer.clear();
        buffer.extend(indices.iter().map(|&index| self.indices[index]));
        let outcome = fill(&buffer);
        BUFFERS.with_borrow_mut(|buffers| buffers.push(buffer));
        outcome
    }
}

#[diagnostic::do_not_recommend]
impl<X: Value, Y: Value, D: Dataset<X, Y>> Dataset<X, Y> for Subset<D> {
    fn len(&self) -> usize {
        self.indices.len()
    }
    fn fill(&self, indices: &[usize], x: Mut<'_, X>, y: Mut<'_, Y>) -> Result<()> {
        self.translated(indices, |indices| self.source.fill(indices, x, y))
    }
    fn fill_for_training(&self, epoch: u64, indices: &[usize], x: Mut<'_, X>, y: Mut<'_, Y>) -> Result<()> {
        drawn::fill_first::<X, Y>(self, epoch, indices, x, y)
    }
    fn fill_drawn(&self, drawn: &Drawn<'_>, x: Mut<'_, X>, y: Mut<'_, Y>) -> Result<()> {
        // What is drawn besides is of this part too: nothing of another one may come into training.
        let draw = |random: &mut Random| {
            let (index, repeat) = (drawn.draw)(random);
            (self.indices.get(index).copied().unwrap_or(usize::MAX), repeat)
        };
        self.translated(drawn.indices, |indices| {
            self.source.fill_drawn(&Drawn { indices, draw: &draw, ..*drawn }, x, y)
        })
    }
    fn changes_for(&self, purpose: &str) -> u64 {
        self.source.changes_for(purpose)
    }
    fn weights(&self) -> Option<&[f32]> {
        self.weights.as_deref()
    }
    fn is_augmented(&self) -> bool {
        self.source.is_augmented()
    }
    fn describe(&self) -> String {
        format!("{} of {}", self.indices.len(), self.source.describe())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Samples;

    #[test]
    fn a_subset_of_a_subset_takes_samples_and_weights_of_the_source() {
        let data = Samples::new([[0.0], [1.0], [2.0], [3.0]], [0, 1, 2, 3]).unwrap();
        let data = data.with_weights([0.5, 1.5, 2.5, 3.5]).unwrap();
        let odd = data.subset([1, 3]).unwrap();
        let inner = odd.subset([1, 0, 1]).unwrap();
        let copy = inner.to_samples().unwrap();
        assert_eq!(copy.x(), &[[3.0], [1.0], [3.0]]);
        assert_eq!(copy.y(), &[3, 1, 3]);
        assert_eq!(copy.weights(), Some(&[3.5, 1.5, 3.5][..]));
        assert_eq!(inner.describe(), "3 of 2 of 4 samples of shape [1] with targets of shape []");
    }

    #[test]
    fn an_index_out_of_range_is_an_error() {
        let data = Samples::new([[0.0], [1.0]], [0, 1]).unwrap();
        let problem = data.subset([0, 2]).unwrap_err().to_string();
        assert_eq!(problem, "Subset: index 2, but there are 2 samples");
        let one = data.subset([1]).unwrap();
        let problem = one.fill(&[1], &mut [[0.0]], &mut [0]).unwrap_err().to_string();
        assert_eq!(problem, "Subset::fill: index 1, but there are 1 samples");
    }
}
