//! Augmentation of images: random changes that leave the class as it is, put together as a tuple.
//!
//! | change | what it does |
//! |---|---|
//! | [`Flip`] | mirrors left and right, or top and bottom |
//! | [`Shift`], [`RandomCrop`] | moves by whole pixels |
//! | [`Rotate`] | turns about the middle |
//! | [`Cutout`] | blanks a square |
//! | [`ColorJitter`] | brightness, contrast, saturation, hue |
//! | [`Mixup`](super::Mixup) | blends two samples and their labels ([`Dataset::mixup`]) |
//!
//! [`Dataset::transform`] puts them before a data set. They happen where batches are loaded: on the prefetching thread
//! where there is one ([`Fit::prefetch`](crate::train::Fit::prefetch)), so that the next batches are changed while a step runs.
//!
//! ```
//! use nn_core::data::transform::{ColorJitter, Cutout, Flip, RandomCrop, normalize};
//! use nn_core::data::{Dataset, Samples};
//! use nn_core::Batch;
//! let photos = Samples::<[[[f32; 32]; 32]; 3], u32>::new(Batch::zeroed(4), [0_u32, 1, 0, 1])?;
//! let (mean, std) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]); // of ImageNet's photographs
//! let train = photos
//!     .transform(42, (RandomCrop::padding(4), Flip::HORIZONTAL, ColorJitter::default(), Cutout::size(8)))
//!     .map(|image, _| normalize(image, &mean, &std));
//! assert_eq!(train.len(), 4);
//! # Ok::<(), nn_core::Error>(())
//! ```
//!
//! Images are `[[[f32; W]; H]; C]`. What a change draws depends on seed, epoch, index of the sample, on how often that came before in the epoch
//! ([`Balanced`](super::Balanced) repeats samples), on the change's place in the tuple and on the number of transforms inside, on nothing else: any
//! number of threads, any batch size and a resumed run give the same bits.

mod border;
mod color;
mod cutout;
mod flip;
mod rotate;
mod shift;
#[cfg(test)]
mod tests;

pub use border::Border;
pub use color::ColorJitter;
pub use cutout::Cutout;
pub use flip::Flip;
pub use rotate::Rotate;
pub use shift::{RandomCrop, Shift};

use super::{Dataset, Drawn, drawn};
use crate::random::Random;
use crate::{Mut, Result, Value};
use core::cell::RefCell;

/// A random change of one sample.
///
/// Tuples of up to eight changes are a change: one after the other, each with random numbers of its own. An own one is a type with this
/// trait:
///
/// ```
/// use nn_core::data::transform::Transform;
/// use nn_core::random::Random;
///
/// /// Gaussian noise of a standard deviation.
/// struct Noise(f32);
///
/// impl<const C: usize, const H: usize, const W: usize> Transform<[[[f32; W]; H]; C]> for Noise {
///     fn apply(&self, random: &mut Random, image: &mut [[[f32; W]; H]; C]) {
///         for value in image.as_flattened_mut().as_flattened_mut() {
///             *value += self.0 * random.normal() as f32;
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` changes no samples of `{X}`",
    label = "cannot change `{X}`",
    note = "`Flip`, `Shift`, `RandomCrop`, `Rotate` and `Cutout` change images `[[[f32; W]; H]; C]`, `ColorJitter` images of 3 channels; several form a tuple",
    note = "a closure goes to `Dataset::augment` instead"
)]
pub trait Transform<X>: Sync {
    /// Changes a sample in place. It should not allocate.
    fn apply(&self, random: &mut Random, sample: &mut X);
}

macro_rules! tuples {
    ($($change:ident $place:tt),+) => {
        impl<X, $($change: Transform<X>),+> Transform<X> for ($($change,)+) {
            fn apply(&self, random: &mut Random, sample: &mut X) {
                $(self.$place.apply(&mut random.clone().at($place), sample);)+
            }
        }
    };
}
tuples!(A 0);
tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

/// A dataset whose images are changed at random while training; [`Dataset::transform`] makes it.
#[derive(Clone, Debug)]
pub struct Transformed<D, T> {
    source: D,
    seed: u64,
    change: T,
}

impl<D, T> Transformed<D, T> {
    /// `source` with every sample changed by `change` while training.
    pub fn new(source: D, seed: u64, change: T) -> Self {
        Self { source, seed, change }
    }
}

#[diagnostic::do_not_recommend]
impl<X, Y, D, T> Dataset<X, Y> for Transformed<D, T>
where
    X: crate::Sample,
    Y: Value,
    D: Dataset<X, Y>,
    T: Transform<X>,
{
    fn len(&self) -> usize {
        self.source.len()
    }
    fn fill(&self, indices: &[usize], x: &mut [X], y: Mut<'_, Y>) -> Result<()> {
        self.source.fill(indices, x, y)
    }
    fn fill_for_training(&self, epoch: u64, indices: &[usize], x: &mut [X], y: Mut<'_, Y>) -> Result<()> {
        drawn::fill_first::<X, Y>(self, epoch, indices, x, y)
    }
    fn fill_drawn(&self, drawn: &Drawn<'_>, x: &mut [X], y: Mut<'_, Y>) -> Result<()> {
        self.source.fill_drawn(drawn, x, y)?;
        let layer = self.source.changes_for("transform");
        for (at, x) in x.iter_mut().enumerate().take(drawn.indices.len()) {
            let mut random = drawn.random(self.seed, "transform", layer, at);
            self.change.apply(&mut random, x);
        }
        Ok(())
    }
    fn draw_index(&self, random: &mut Random) -> (usize, u32) {
        self.source.draw_index(random)
    }
    fn changes_for(&self, purpose: &str) -> u64 {
        self.source.changes_for(purpose) + u64::from(purpose == "transform")
    }
    fn weights(&self) -> Option<&[f32]> {
        self.source.weights()
    }
    fn is_augmented(&self) -> bool {
        true
    }
    fn write_order(&self, pass: &super::Pass, order: &mut Vec<usize>) {
        self.source.write_order(pass, order);
    }
    fn describe(&self) -> String {
        format!("{}, transformed", self.source.describe())
    }
}

/// Levels `(x − mean) / std` by channel, for [`Dataset::map`]: after changes of colour, in training and evaluation alike.
///
/// PyTorch: `transforms.Normalize`.
pub fn normalize<const C: usize, const H: usize, const W: usize>(
    images: &mut [[[[f32; W]; H]; C]],
    mean: &[f32; C],
    std: &[f32; C],
) {
    for image in images {
        for (plane, (mean, std)) in image.iter_mut().zip(mean.iter().zip(std)) {
            plane.as_flattened_mut().iter_mut().for_each(|value| *value = (*value - mean) / std);
        }
    }
}

/// Calls `change` with a copy of `values`. A thread keeps the memory, so that nothing is allocated from its second image on.
fn with_copy(values: &mut [f32], change: impl FnOnce(&[f32], &mut [f32])) {
    thread_local! {
        static COPY: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
    }
    COPY.with_borrow_mut(|copy| {
        copy.clear();
        copy.extend_from_slice(values);
        change(copy, values);
    });
}

/// A number uniform in `-most..=most`.
fn within(random: &mut Random, most: usize) -> isize {
    random.below(2 * most + 1) as isize - most as isize
}
