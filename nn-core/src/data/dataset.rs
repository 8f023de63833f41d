//! What training takes: anything that can write the samples at given indices into a batch.

use super::transform::{Transform, Transformed};
use super::{Augment, Drawn, Map, Mixup, OneHot, Pass, Samples, Subset, split};
use crate::random::Random;
use crate::{Mut, Result, Sample, Value};

/// Samples `X` with targets `Y`, reached by index.
///
/// In memory there is [`Samples`]; anything else (files that are read when needed, a database, a generator) implements
/// this trait with two methods. `&D`, `Box<D>` and `Arc<D>` are datasets where `D` is one.
///
/// ```
/// use nn_core::{Result, data::Dataset};
///
/// /// y = x² for 1000 points in 0..1, computed when asked for.
/// struct Squares;
///
/// impl Dataset<[f32; 1], [f32; 1]> for Squares {
///     fn len(&self) -> usize {
///         1000
///     }
///     fn fill(&self, indices: &[usize], x: &mut [[f32; 1]], y: &mut [[f32; 1]]) -> Result<()> {
///         for ((&index, x), y) in indices.iter().zip(x).zip(y) {
///             x[0] = index as f32 / 1000.0;
///             y[0] = x[0] * x[0];
///         }
///         Ok(())
///     }
/// }
///
/// let (train, test) = Squares.split(0.8, 42)?;
/// assert_eq!((train.len(), test.len()), (800, 200));
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// A source that fails says why with [`Error::data`](crate::Error::data).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no dataset of samples `{X}` with labels `{Y}`",
    label = "samples of `{X}` are needed here",
    note = "the samples have to be of the type that the network takes, and labels for validation of the type of those for training",
    note = "samples in memory are `Samples<X, Y>`; an own source needs `impl nn::data::Dataset<{X}, …> for {Self}`"
)]
pub trait Dataset<X: Value, Y: Value>: Sync {
    /// The number of samples.
    fn len(&self) -> usize;

    /// Writes the samples at `indices` and their targets, in that order. `x` and `y` hold exactly `indices.len()`
    /// samples, whose contents before the call are unspecified; indices may repeat. Training may ask for the two halves of a batch at once, on two
    /// threads.
    ///
    /// # Errors
    /// Whatever the source has to say; an index that is not below [`len`](Self::len).
    fn fill(&self, indices: &[usize], x: Mut<'_, X>, y: Mut<'_, Y>) -> Result<()>;

    /// As [`fill`](Self::fill), but as training sees the samples in an epoch. Both are the same unless the dataset is
    /// [augmented](Self::augment).
    ///
    /// # Errors
    /// As [`fill`](Self::fill).
    fn fill_for_training(&self, epoch: u64, indices: &[usize], x: Mut<'_, X>, y: Mut<'_, Y>) -> Result<()> {
        let _ = epoch;
        self.fill(indices, x, y)
    }

    /// How much each sample counts in the loss, if not all count the same.
    fn weights(&self) -> Option<&[f32]> {
        None
    }

    /// Whether [`fill_for_training`](Self::fill_for_training) gives other samples in each epoch: what is computed from them cannot be kept.
    fn is_augmented(&self) -> bool {
        false
    }

    /// Writes in which order a pass goes through the samples: [`len`](Self::len) indices, which may repeat, as a function of the pass alone.
    /// Unless the dataset is [balanced](super::Balanced), every sample comes once.
    fn write_order(&self, pass: &Pass, order: &mut Vec<usize>) {
        pass.write_order(order, self.len());
    }

    /// As [`fill_for_training`](Self::fill_for_training), with what changes need to know of the pass beyond the epoch.
    #[doc(hidden)]
    fn fill_drawn(&self, drawn: &Drawn<'_>, x: Mut<'_, X>, y: Mut<'_, Y>) -> Result<()> {
        self.fill_for_training(drawn.epoch, drawn.indices, x, y)
    }

    /// One of the samples that [`write_order`](Self::write_order) writes, each as often as there, and which of its repeats.
    #[doc(hidden)]
    fn draw_index(&self, random: &mut Random) -> (usize, u32) {
        (random.below(self.len()), 0)
    }

    /// How many random changes of a purpose the samples have behind them.
    #[doc(hidden)]
    fn changes_for(&self, purpose: &str) -> u64 {
        let _ = purpose;
        0
    }

    /// The dataset in a few words, for messages.
    fn describe(&self) -> String {
        format!("{} samples of shape {} with targets of shape {}", self.len(), X::text(), Y::text())
    }

    /// Whether there is no sample.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The samples at `indices`, in that order, without a copy. [`Subset::new`] owns its source instead.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if an index is out of range.
    fn subset(&self, indices: impl IntoIterator<Item = usize>) -> Result<Subset<&Self>>
    where
        Self: Sized,
    {
        Subset::new(self, indices)
    }

    /// Two parts chosen at random: the first has `fraction` of the samples (rounded), the second the rest. Both keep
    /// the order of the source.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if `fraction` is not between 0 and 1 or leaves a part empty.
    ///
    /// ```
    /// use nn_core::data::{Dataset, Samples};
    /// let data = Samples::new([[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1])?;
    /// let (train, test) = data.split(0.75, 42)?;
    /// assert_eq!((train.len(), test.len()), (3, 1));
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    fn split(&self, fraction: f64, seed: u64) -> Result<(Subset<&Self>, Subset<&Self>)>
    where
        Self: Sized,
    {
        let (first, second) = split::split(self.len(), fraction, seed)?;
        Ok((self.subset(first)?, self.subset(second)?))
    }

    /// `k` pairs of a training and a validation part. Each sample is in exactly one validation part; their sizes differ
    /// by at most one.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if `k` is below 2 or above the number of samples.
    ///
    /// ```
    /// use nn_core::data::{Dataset, Samples};
    /// let data = Samples::new([[0.0]; 10], [0; 10])?;
    /// for (train, validation) in data.k_fold(5, 42)? {
    ///     assert_eq!((train.len(), validation.len()), (8, 2));
    /// }
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    fn k_fold(&self, k: usize, seed: u64) -> Result<Vec<(Subset<&Self>, Subset<&Self>)>>
    where
        Self: Sized,
    {
        split::k_fold(self.len(), k, seed)?
            .into_iter()
            .map(|(train, validation)| Ok((self.subset(train)?, self.subset(validation)?)))
            .collect()
    }

    /// The dataset with every sample changed by a function: the same change whenever the sample is asked for. The
    /// function gets slices of one sample.
    ///
    /// ```
    /// use nn_core::data::{Dataset, Samples};
    /// let data = Samples::new([[128.0], [255.0]], [0, 1])?;
    /// let scaled = data.map(|x, _| x[0][0] /= 255.0).to_samples()?;
    /// assert_eq!(scaled.x()[1], [1.0]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    fn map<F>(self, change: F) -> Map<Self, F>
    where
        Self: Sized,
        F: Fn(Mut<'_, X>, Mut<'_, Y>) + Sync,
    {
        Map::new(self, change)
    }

    /// The dataset with every sample changed at random while training, differently in each epoch. See [`Augment`].
    fn augment<F>(self, seed: u64, change: F) -> Augment<Self, F>
    where
        Self: Sized,
        F: Fn(&mut Random, Mut<'_, X>, Mut<'_, Y>) + Sync,
    {
        Augment::new(self, seed, change)
    }

    /// The dataset with its images changed at random while training, by changes that are ready-made: a
    /// [`Transform`], or a tuple of them. See [`transform`](mod@super::transform).
    ///
    /// ```
    /// use nn_core::data::transform::{Flip, RandomCrop};
    /// use nn_core::data::{Dataset, Samples};
    /// let images = Samples::new([[[[1.0, 2.0], [3.0, 4.0]]]], [0])?;
    /// let train = images.transform(42, (RandomCrop::padding(1), Flip::HORIZONTAL));
    /// let (mut x, mut y) = ([[[[0.0; 2]; 2]]], [0]);
    /// train.fill_for_training(0, &[0], &mut x, &mut y)?;
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    fn transform<T>(self, seed: u64, change: T) -> Transformed<Self, T>
    where
        Self: Sized,
        X: Sample,
        T: Transform<X>,
    {
        Transformed::new(self, seed, change)
    }

    /// The dataset with class indices as probabilities of `N` classes. See [`OneHot`].
    fn one_hot<const N: usize>(self) -> OneHot<Self, N>
    where
        Self: Sized + Dataset<X, u32>,
    {
        OneHot::new(self)
    }

    /// The dataset with samples and labels that are blends of two while training. See [`Mixup`].
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if `alpha` is not a positive number.
    fn mixup(self, alpha: f64, seed: u64) -> Result<Mixup<Self>>
    where
        Self: Sized,
    {
        Mixup::new(self, alpha, seed)
    }

    /// All samples, copied into memory.
    ///
    /// # Errors
    /// As [`fill`](Self::fill).
    fn to_samples(&self) -> Result<Samples<X, Y>> {
        let mut x = X::zeroed(self.len());
        let mut y = Y::zeroed(self.len());
        let all: Vec<usize> = (0..self.len()).collect();
        self.fill(&all, X::borrow_mut(&mut x), Y::borrow_mut(&mut y))?;
        let samples = Samples::from_owned(x, y)?;
        match self.weights() {
            Some(weights) => samples.with_weights(weights),
            None => Ok(samples),
        }
    }
}

macro_rules! pointers {
    ($($pointer:ty: [$($bound:tt)*]),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<X: Value, Y: Value, D: Dataset<X, Y> + ?Sized $($bound)*> Dataset<X, Y> for $pointer {
            fn len(&self) -> usize {
                (**self).len()
            }
            fn fill(&self, indices: &[usize], x: Mut<'_, X>, y: Mut<'_, Y>) -> Result<()> {
                (**self).fill(indices, x, y)
            }
            fn fill_for_training(&self, epoch: u64, indices: &[usize], x: Mut<'_, X>, y: Mut<'_, Y>) -> Result<()> {
                (**self).fill_for_training(epoch, indices, x, y)
            }
            fn fill_drawn(&self, drawn: &Drawn<'_>, x: Mut<'_, X>, y: Mut<'_, Y>) -> Result<()> {
                (**self).fill_drawn(drawn, x, y)
            }
            fn draw_index(&self, random: &mut Random) -> (usize, u32) {
                (**self).draw_index(random)
            }
            fn changes_for(&self, purpose: &str) -> u64 {
                (**self).changes_for(purpose)
            }
            fn weights(&self) -> Option<&[f32]> {
                (**self).weights()
            }
            fn is_augmented(&self) -> bool {
                (**self).is_augmented()
            }
            fn write_order(&self, pass: &Pass, order: &mut Vec<usize>) {
                (**self).write_order(pass, order);
            }
            fn describe(&self) -> String {
                (**self).describe()
            }
        }
    )*};
}
pointers!(&D: [], Box<D>: [], std::sync::Arc<D>: [+ Send]);
