//! Labels as probabilities, and samples that are blends of two.

use super::{Dataset, Drawn, Pass, drawn};
use crate::random::Random;
use crate::{Error, Result, Sample};
use core::cell::RefCell;

/// A dataset whose class indices become probabilities, 1 for the class and 0 for the others; [`Dataset::one_hot`] makes it.
///
/// ```
/// use nn_core::data::{Dataset, Samples};
/// let data = Samples::new([[0.5], [1.5]], [2, 0])?.one_hot::<3>();
/// assert_eq!(data.to_samples()?.y(), &[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct OneHot<D, const N: usize> {
    source: D,
}

impl<D, const N: usize> OneHot<D, N> {
    /// `source` with probabilities of `N` classes instead of class indices.
    pub fn new(source: D) -> Self {
        Self { source }
    }
}

/// Calls `fill` with room for class indices, then writes them as probabilities.
fn spread<const N: usize>(
    indices: &[usize],
    y: &mut [[f32; N]],
    fill: impl FnOnce(&mut [u32]) -> Result<()>,
) -> Result<()> {
    // A thread keeps its buffer, so that loading a batch allocates nothing.
    thread_local! {
        static LABELS: RefCell<Vec<Vec<u32>>> = const { RefCell::new(Vec::new()) };
    }
    let mut labels = LABELS.with_borrow_mut(Vec::pop).unwrap_or_default();
    labels.clear();
    labels.resize(indices.len(), 0);
    let outcome = fill(&mut labels).and_then(|()| {
        for ((&label, &index), y) in labels.iter().zip(indices).zip(y) {
            *y = [0.0; N];
            let Some(place) = y.get_mut(label as usize) else {
                let problem = format!("sample {index} (counted from 0) has label {label}, but there are {N} classes");
                return Err(Error::argument("one_hot", problem));
            };
            *place = 1.0;
        }
        Ok(())
    });
    LABELS.with_borrow_mut(|buffers| buffers.push(labels));
    outcome
}

#[diagnostic::do_not_recommend]
impl<X: Sample, D: Dataset<X, u32>, const N: usize> Dataset<X, [f32; N]> for OneHot<D, N> {
    fn len(&self) -> usize {
        self.source.len()
    }
    fn fill(&self, indices: &[usize], x: &mut [X], y: &mut [[f32; N]]) -> Result<()> {
        spread(indices, y, |labels| self.source.fill(indices, x, labels))
    }
    fn fill_for_training(&self, epoch: u64, indices: &[usize], x: &mut [X], y: &mut [[f32; N]]) -> Result<()> {
        drawn::fill_first::<X, [f32; N]>(self, epoch, indices, x, y)
    }
    fn fill_drawn(&self, drawn: &Drawn<'_>, x: &mut [X], y: &mut [[f32; N]]) -> Result<()> {
        spread(drawn.indices, y, |labels| self.source.fill_drawn(drawn, x, labels))
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
        format!("{}, labels as probabilities", self.source.describe())
    }
}

/// A dataset whose samples are blends while training: `x ← λ xᵢ + (1 − λ) xⱼ` and `y ← λ yᵢ + (1 − λ) yⱼ` with λ from
/// Beta(α, α) and `j` any sample of the dataset (Zhang et al., 2018). [`Dataset::mixup`] makes it. Of a [part](super::Subset) of it, `j` is a sample of
/// that part; where classes are [balanced](super::Balanced), `j` is of each class equally often.
///
/// Labels are probabilities, which [`CrossEntropy`](struct@crate::loss::CrossEntropy) takes as they are; [`Dataset::one_hot`] makes them of class indices.
/// Validation data need the same kind of labels. `j` and λ depend on seed, epoch and sample, and on how often that came before where a pass repeats
/// samples; `j` is augmented as it would be by itself in this epoch. Where samples have weights, that of `i` counts.
///
/// ```
/// use nn_core::data::{Dataset, Samples};
/// let data = Samples::new([[0.0], [1.0]], [0, 1])?;
/// let mixed = data.one_hot::<2>().mixup(0.2, 42)?;
/// let (mut x, mut y) = ([[0.0]; 2], [[0.0; 2]; 2]);
/// mixed.fill_for_training(0, &[0, 1], &mut x, &mut y)?;
/// assert_eq!(x[0][0], y[0][1]);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mixup<D> {
    source: D,
    alpha: f64,
    seed: u64,
}

impl<D> Mixup<D> {
    /// `source` with blends of strength `alpha`: 0.1 to 0.4 is usual; 1 makes every λ equally likely.
    ///
    /// # Errors
    /// [`Error::Argument`] if `alpha` is not a positive number.
    pub fn new(source: D, alpha: f64, seed: u64) -> Result<Self> {
        if !(alpha > 0.0 && alpha.is_finite()) {
            let problem = format!("alpha is {alpha}, but has to be a positive number, such as 0.2");
            return Err(Error::argument("mixup", problem));
        }
        Ok(Self { source, alpha, seed })
    }

    /// The other sample, which of its repeats, and how much the own sample counts, for number `at` of those drawn.
    fn partner(&self, drawn: &Drawn<'_>, layer: u64, at: usize) -> (usize, u32, f32) {
        let mut random = drawn.random(self.seed, "mixup", layer, at);
        let (partner, repeat) = (drawn.draw)(&mut random);
        let (a, b) = (gamma(self.alpha, &mut random), gamma(self.alpha, &mut random));
        // For a tiny alpha both may be too small for a number: then λ is 0 or 1 almost surely.
        let share = if a + b > 0.0 { a / (a + b) } else { random.below(2) as f64 };
        (partner, repeat, share as f32)
    }
}

/// A number from the gamma distribution of a shape and scale 1 (Marsaglia and Tsang, 2000).
fn gamma(shape: f64, random: &mut Random) -> f64 {
    if shape < 1.0 {
        return gamma(shape + 1.0, random) * (1.0 - random.uniform()).powf(1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let normal = random.normal();
        let v = (1.0 + c * normal).powi(3);
        if v > 0.0 && (1.0 - random.uniform()).ln() < 0.5 * normal * normal + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

/// The partners of a batch.
#[derive(Default)]
struct Partners {
    indices: Vec<usize>,
    repeats: Vec<u32>,
    shares: Vec<f32>,
    x: Vec<f32>,
    y: Vec<f32>,
}

#[diagnostic::do_not_recommend]
impl<X: Sample<Element = f32>, D: Dataset<X, [f32; N]>, const N: usize> Dataset<X, [f32; N]> for Mixup<D> {
    fn len(&self) -> usize {
        self.source.len()
    }
    fn fill(&self, indices: &[usize], x: &mut [X], y: &mut [[f32; N]]) -> Result<()> {
        self.source.fill(indices, x, y)
    }
    fn fill_for_training(&self, epoch: u64, indices: &[usize], x: &mut [X], y: &mut [[f32; N]]) -> Result<()> {
        drawn::fill_first::<X, [f32; N]>(self, epoch, indices, x, y)
    }
    fn fill_drawn(&self, drawn: &Drawn<'_>, x: &mut [X], y: &mut [[f32; N]]) -> Result<()> {
        // A thread keeps its buffers, so that loading a batch allocates nothing; a dataset inside takes the next ones.
        thread_local! {
            static BUFFERS: RefCell<Vec<Partners>> = const { RefCell::new(Vec::new()) };
        }
        self.source.fill_drawn(drawn, x, y)?;
        let (layer, count) = (self.source.changes_for("mixup"), drawn.indices.len());
        let mut partners = BUFFERS.with_borrow_mut(Vec::pop).unwrap_or_default();
        partners.indices.clear();
        partners.repeats.clear();
        partners.shares.clear();
        for at in 0..count {
            let (partner, repeat, share) = self.partner(drawn, layer, at);
            partners.indices.push(partner);
            partners.repeats.push(repeat);
            partners.shares.push(share);
        }
        partners.x.resize(count * X::LEN, 0.0);
        partners.y.resize(count * N, 0.0);
        let (other_x, other_y) = (X::of_flat_mut(&mut partners.x), <[f32; N]>::of_flat_mut(&mut partners.y));
        let others = Drawn { indices: &partners.indices, repeats: &partners.repeats, ..*drawn };
        let outcome = self.source.fill_drawn(&others, other_x, other_y);
        if outcome.is_ok() {
            blend(X::flat_mut(x), &partners.x, &partners.shares);
            blend(y.as_flattened_mut(), &partners.y, &partners.shares);
        }
        BUFFERS.with_borrow_mut(|buffers| buffers.push(partners));
        outcome
    }
    fn draw_index(&self, random: &mut Random) -> (usize, u32) {
        self.source.draw_index(random)
    }
    fn changes_for(&self, purpose: &str) -> u64 {
        self.source.changes_for(purpose) + u64::from(purpose == "mixup")
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
        format!("{}, mixed up", self.source.describe())
    }
}

/// Blends each sample with another: a share of the own one, the rest of the other.
fn blend(own: &mut [f32], other: &[f32], shares: &[f32]) {
    let len = own.len() / shares.len().max(1);
    if len == 0 {
        return;
    }
    for ((own, other), share) in own.chunks_exact_mut(len).zip(other.chunks_exact(len)).zip(shares) {
        own.iter_mut().zip(other).for_each(|(own, other)| *own = share * *own + (1.0 - share) * other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Samples;

    /// As in a pass over eight samples.
    fn partner<D>(mixup: &Mixup<D>, epoch: u64, index: usize) -> (usize, u32, f32) {
        let drawn = Drawn { epoch, indices: &[index], repeats: &[], draw: &|random| (random.below(8), 0) };
        mixup.partner(&drawn, 0, 0)
    }

    #[test]
    fn shares_have_the_mean_and_the_spread_of_their_distribution() {
        for alpha in [0.2, 1.0, 4.0] {
            let mixup = Mixup::new((), alpha, 7).unwrap();
            let shares: Vec<f64> = (0..20_000).map(|index| f64::from(partner(&mixup, 3, index).2)).collect();
            let mean = shares.iter().sum::<f64>() / shares.len() as f64;
            let variance = shares.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / shares.len() as f64;
            let expected = 1.0 / (4.0 * (2.0 * alpha + 1.0));
            assert!(
                (mean - 0.5).abs() < 0.015 && (variance / expected - 1.0).abs() < 0.05,
                "{alpha}: {mean} {variance}"
            );
        }
        assert!(shares_of_a_tiny_alpha().iter().all(|share| [0.0, 1.0].contains(share)));
        let problem = Mixup::new((), 0.0, 7).unwrap_err().to_string();
        assert_eq!(problem, "mixup: alpha is 0, but has to be a positive number, such as 0.2");
    }

    fn shares_of_a_tiny_alpha() -> Vec<f32> {
        let mixup = Mixup::new((), 1e-9, 7).unwrap();
        (0..100).map(|index| partner(&mixup, 0, index).2).collect()
    }

    #[test]
    fn a_blend_does_not_depend_on_the_batch_and_takes_partners_as_they_are_augmented() {
        let x: Vec<[f32; 1]> = (0..8).map(|i| [i as f32]).collect();
        let data = Samples::new(x, (0..8_u32).collect::<Vec<_>>()).unwrap();
        let augmented = data.augment(1, |random, x, _| x[0][0] += 100.0 * random.uniform() as f32).one_hot::<8>();
        let mixed = (&augmented).mixup(1.0, 5).unwrap();
        let (mut own, mut labels) = ([[0.0]; 8], [[0.0; 8]; 8]);
        let all: Vec<usize> = (0..8).collect();
        augmented.fill_for_training(4, &all, &mut own, &mut labels).unwrap();
        let (mut x, mut y) = ([[0.0]; 8], [[0.0; 8]; 8]);
        mixed.fill_for_training(4, &all, &mut x, &mut y).unwrap();
        let mut changed = 0;
        for i in 0..8 {
            let (partner, _, share) = partner(&mixed, 4, i);
            let expected = share * own[i][0] + (1.0 - share) * own[partner][0];
            assert!((x[i][0] - expected).abs() < 1e-4, "{i}");
            assert!((y[i].iter().sum::<f32>() - 1.0).abs() < 1e-6);
            changed += usize::from(x[i] != own[i]);
            let (mut one_x, mut one_y) = ([[0.0]; 1], [[0.0; 8]; 1]);
            mixed.fill_for_training(4, &[i], &mut one_x, &mut one_y).unwrap();
            assert_eq!((one_x[0], one_y[0]), (x[i], y[i]));
        }
        assert!(changed >= 5, "{changed}");
        // Evaluation sees the samples as they are.
        mixed.fill(&[3], &mut x[..1], &mut y[..1]).unwrap();
        assert_eq!((x[0], y[0][3]), ([3.0], 1.0));
    }

    #[test]
    fn a_label_that_is_no_class_is_named() {
        let data = Samples::new([[0.0], [1.0]], [0, 3]).unwrap();
        let problem = data.one_hot::<3>().to_samples().unwrap_err().to_string();
        assert_eq!(problem, "one_hot: sample 1 (counted from 0) has label 3, but there are 3 classes");
    }
}
