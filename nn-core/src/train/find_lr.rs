//! The learning-rate finder.

use super::begin::check_learns;
use super::diverged;
use super::evaluate::check_target;
use super::snapshot::Snapshot;
use super::{Trainer, values::number};
use crate::data::{Batches, Dataset, Pass};
use crate::optim::{Groups, Optimizer};
use crate::table::{Align, Table};
use crate::{Error, Layer, Loss, Refused, Result, Value, Workspace};
use core::fmt;

/// How [`Trainer::find_lr`] looks for a learning rate: the range test of Smith (2017).
///
/// ```
/// use nn_core::train::FindLr;
/// let quick = FindLr { batch_size: 64, steps: 60, ..FindLr::default() };
/// assert_eq!((quick.start, quick.end), (1e-6, 10.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FindLr {
    /// How many samples a step takes: the same as in training. 32 unless set.
    pub batch_size: usize,
    /// The learning rate of the first step. 1e-6 unless set.
    pub start: f64,
    /// The learning rate of the last step. 10 unless set.
    pub end: f64,
    /// How many steps there are at most. 150 unless set.
    pub steps: usize,
    /// The part of the smoothed loss that stays in a step, from 0 (not smoothed) to below 1. 0.9 unless set.
    pub smoothing: f64,
    /// The ramp ends where the smoothed loss is more than so many times its least value. 4 unless set.
    pub divergence: f64,
}

impl Default for FindLr {
    fn default() -> Self {
        Self { batch_size: 32, start: 1e-6, end: 10.0, steps: 150, smoothing: 0.9, divergence: 4.0 }
    }
}

impl FindLr {
    fn check(&self) -> Result<()> {
        let wrong = |what, problem: String| Err(Error::argument(what, problem));
        if !(self.start > 0.0 && self.start < self.end && self.end.is_finite()) {
            let problem =
                format!("from {} to {}; both have to be positive, and the first the smaller", self.start, self.end);
            return wrong("FindLr::start", problem);
        }
        if self.steps < 3 {
            return wrong("FindLr::steps", format!("{} steps; there must be at least 3", self.steps));
        }
        if !(0.0..1.0).contains(&self.smoothing) {
            return wrong("FindLr::smoothing", format!("is {}, but has to be at least 0 and below 1", self.smoothing));
        }
        if self.divergence.is_nan() || self.divergence <= 1.0 {
            return wrong("FindLr::divergence", format!("is {}, but has to be above 1", self.divergence));
        }
        Ok(())
    }

    /// The learning rate of a step.
    fn lr(&self, step: usize) -> f64 {
        self.start * (self.end / self.start).powf(step as f64 / (self.steps - 1) as f64)
    }
}

/// A step of the ramp.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LrPoint {
    /// The learning rate.
    pub lr: f64,
    /// The loss of the batch before its step.
    pub loss: f64,
    /// The mean of the losses so far, the later ones counting more.
    pub smoothed: f64,
}

/// What [`Trainer::find_lr`] has seen. Prints as a table with the suggestion below it.
#[derive(Clone, Debug, PartialEq)]
pub struct LrCurve {
    points: Vec<LrPoint>,
    smoothing: f64,
    diverged: bool,
}

impl LrCurve {
    /// All steps, from the smallest learning rate to the largest that was tried.
    pub fn points(&self) -> &[LrPoint] {
        &self.points
    }

    /// Whether the ramp ended early, because the loss had grown too large or was no number.
    pub fn diverged(&self) -> bool {
        self.diverged
    }

    /// The learning rate about which the loss falls fastest: where its slope over a decade of rates (a least-squares line) is steepest, before
    /// the loss is least. It is a good start; long trainings may want up to ten times less. `None` if the loss does not fall.
    pub fn suggestion(&self) -> Option<f64> {
        let losses = self.centred();
        let least = (0..losses.len()).min_by(|&a, &b| losses[a].total_cmp(&losses[b]))?;
        let (first, last) = (self.points.first()?.lr, self.points.last()?.lr);
        let decade = losses.len() as f64 / (last / first).log10();
        let half = ((decade / 2.0) as usize).min(least / 2).max(1);
        // Rates are evenly spaced by their logarithm, so the slope is this sum but for a factor.
        let slope = |middle: usize| -> f64 {
            (1..=half).map(|k| k as f64 * (self.points[middle + k].loss - self.points[middle - k].loss)).sum()
        };
        let steepest = (half..=least.saturating_sub(half)).min_by(|&a, &b| slope(a).total_cmp(&slope(b)))?;
        (slope(steepest) < 0.0).then(|| self.points[steepest].lr)
    }

    /// The losses smoothed from both ends, so that the curve is not late.
    fn centred(&self) -> Vec<f64> {
        let losses = || self.points.iter().map(|point| point.loss);
        let mut there = Smoothed::new(self.smoothing);
        let mut back = Smoothed::new(self.smoothing);
        let forward: Vec<f64> = losses().map(|loss| there.add(loss)).collect();
        let mut both: Vec<f64> = losses().rev().map(|loss| back.add(loss)).collect();
        both.reverse();
        both.iter_mut().zip(forward).for_each(|(both, forward)| *both = 0.5 * (*both + forward));
        both
    }
}

/// A mean whose weights fall, without the bias of its start.
struct Smoothed {
    keep: f64,
    sum: f64,
    weight: f64,
}

impl Smoothed {
    fn new(keep: f64) -> Self {
        Self { keep, sum: 0.0, weight: 0.0 }
    }

    fn add(&mut self, value: f64) -> f64 {
        self.sum = self.keep * self.sum + (1.0 - self.keep) * value;
        self.weight = self.keep * self.weight + (1.0 - self.keep);
        self.sum / self.weight
    }
}

/// Rows of the table.
const ROWS: usize = 16;

impl fmt::Display for LrCurve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table =
            Table::new([("learning rate", Align::Right), ("loss", Align::Right), ("smoothed", Align::Right)]);
        let apart = self.points.len().div_ceil(ROWS).max(1);
        for point in self.points.iter().rev().step_by(apart).collect::<Vec<_>>().into_iter().rev() {
            table.row([format!("{:.2e}", point.lr), number(point.loss), number(point.smoothed)]);
        }
        write!(f, "{table}")?;
        match self.suggestion() {
            Some(lr) => write!(f, "the loss falls fastest at a learning rate of {lr:.1e}"),
            None => write!(f, "the loss does not fall; try a smaller start, or more steps"),
        }
    }
}

impl<N: Layer, L, O: Optimizer, T: Value> Trainer<N, L, O, T> {
    /// Looks for a learning rate: trains for a few steps with a rate that rises exponentially from [`FindLr::start`] to [`FindLr::end`], and
    /// gives the loss of each. The ramp ends early where the loss diverges.
    ///
    /// The network, its running statistics and the optimiser are as before afterwards; the steps are those of an optimiser that is new.
    /// Schedules and warm-up are left out; settings of layers, limits and penalties are not, nor is what [`unfreeze`](Self::unfreeze) lets learn in the
    /// next epoch.
    ///
    /// ```
    /// use nn_core::data::Samples;
    /// use nn_core::layers::Dense;
    /// use nn_core::loss::MeanSquaredError;
    /// use nn_core::optim::Sgd;
    /// use nn_core::train::{FindLr, Trainer};
    ///
    /// let train = Samples::new([[0.0_f32], [1.0], [2.0], [3.0]], [[-1.0_f32], [1.0], [3.0], [5.0]])?;
    /// let mut trainer = Trainer::new(Dense::<[f32; 1], [f32; 1]>::new(), MeanSquaredError, Sgd::default());
    /// let curve = trainer.find_lr(&train, &FindLr { batch_size: 4, ..FindLr::default() })?;
    /// assert!(curve.diverged());
    /// println!("{curve}");
    /// let lr = curve.suggestion().unwrap_or(1e-3);
    /// # assert!((1e-3..1.0).contains(&lr), "{lr}");
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    ///
    /// fastai: `learn.lr_find()`. PyTorch Lightning: `Tuner.lr_find`.
    ///
    /// # Errors
    /// [`Error::Argument`] if a number makes no sense, or a label, if nothing learns or nothing counts; [`Error::Data`] where a sample has NaN;
    /// [`Error::NotFinite`] where the loss or a gradient is infinite or NaN before the first step; what the dataset says.
    pub fn find_lr<D>(&mut self, data: &D, find: &FindLr) -> Result<LrCurve>
    where
        D: Dataset<N::In, T> + ?Sized,
        L: Loss<N::Out, T>,
        O: Clone,
    {
        find.check()?;
        self.loss.check()?;
        self.stepper.check()?;
        check_learns::<N>("Trainer::find_lr", self.learning())?;
        let lr = self.stepper.optimizer().lr();
        // The rates that are tried are factors of the optimiser's.
        if !(find.end / lr).is_finite() {
            let problem = format!(
                "the optimiser has a learning rate of {lr}, of which no factor makes {}; give it one above 0, such as 1e-3 (which one makes no difference)",
                find.end
            );
            return Err(Error::argument("Trainer::find_lr", problem));
        }
        let mut before = Snapshot::default();
        before.take(&self.net);
        let curve = self.ramp(data, find);
        before.restore(&mut self.net);
        curve
    }

    /// Trains with the rising rate.
    fn ramp<D>(&mut self, data: &D, find: &FindLr) -> Result<LrCurve>
    where
        D: Dataset<N::In, T> + ?Sized,
        L: Loss<N::Out, T>,
        O: Clone,
    {
        let (seed, team) = (self.position.seed, self.shared_team());
        let mut stepper = self.stepper.anew(&self.net);
        stepper.set_layers(N::with_train(stepper.layer_settings(), self.learning()));
        let mut batches = Batches::new(&data, find.batch_size)?.with_team(team.clone());
        let mut workspace = Workspace::with_team(batches.batch_size(), team).seed(seed);
        workspace.set_trainable(stepper.trained());
        let mut gradients = self.net.grads();
        let mut curve = LrCurve { points: Vec::with_capacity(find.steps), smoothing: find.smoothing, diverged: false };
        let (mut smoothed, mut least, mut epoch) = (Smoothed::new(find.smoothing), f64::INFINITY, 0);
        let mut counted = false;
        batches.start(Pass::training(seed, epoch));
        while curve.points.len() < find.steps {
            let Some(batch) = batches.next_batch()? else {
                if !core::mem::take(&mut counted) {
                    let problem = "nothing counts in the data (weights of 0, labels that the loss leaves out), so that there is no loss; leave such samples out";
                    return Err(Error::argument("Trainer::find_lr", problem));
                }
                epoch += 1;
                batches.start(Pass::training(seed, epoch));
                continue;
            };
            check_target::<N::Out, T, L>(&self.loss, batch.y, batch.indices)?;
            Refused::check::<N>(N::In::shorten(batch.x), batch.indices)?;
            if self.loss.divisor(batch.y, batch.weights) == 0.0 {
                // A loss of 0 of nothing is no point of the curve.
                continue;
            }
            counted = true;
            let (first, lr) = (curve.points.is_empty(), find.lr(curve.points.len()));
            let (place, samples) = ((epoch + 1, stepper.steps()), (batch.indices, batch.weights));
            let scored = workspace.forward_train(&self.net, N::In::shorten(batch.x)).weighted_loss::<T, L>(
                &self.loss,
                batch.y,
                batch.weights,
            );
            let loss = scored.value();
            if !loss.is_finite() {
                let error = diverged::loss(place, &scored, &self.net, samples);
                // No rate is to blame before the first step, nor for a sample.
                if first || matches!(error, Error::Data { .. }) {
                    return Err(error);
                }
                curve.diverged = true;
                break;
            }
            curve.points.push(LrPoint { lr, loss, smoothed: smoothed.add(loss) });
            let mean = curve.points.last().map_or(loss, |point| point.smoothed);
            least = least.min(mean);
            if mean > find.divergence * least && least > 0.0 {
                curve.diverged = true;
                break;
            }
            scored.backward(&mut gradients);
            if let Err(error) = diverged::check_gradients::<N>(place.0, place.1, &mut gradients, workspace.team()) {
                match diverged::no_number::<N::In>(place, batch.x, samples, "a gradient") {
                    Some(sample) => return Err(sample),
                    None if first => return Err(error),
                    None => curve.diverged = true,
                }
                break;
            }
            stepper.set_lr(lr);
            match stepper.step(&mut self.net, &mut gradients, workspace.team()) {
                Ok(_) => workspace.commit(&mut self.net),
                Err(Error::NotFinite { .. }) => {
                    curve.diverged = true;
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(curve)
    }
}
