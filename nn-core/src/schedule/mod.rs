//! Schedules: how the learning rate changes from step to step.
//!
//! A schedule is a function from the number of the step to a factor; the learning rate of the step is the optimiser's, times
//! the factor. It has no state, so a run that goes on from a checkpoint needs only the number of the step. Beyond its last
//! step a schedule keeps its last value.
//!
//! | schedule | PyTorch |
//! |---|---|
//! | [`Constant`] | no schedule |
//! | [`Step`] | `StepLR` |
//! | [`MultiStep`] | `MultiStepLR` |
//! | [`Exponential`] | `ExponentialLR` |
//! | [`Linear`] | `LinearLR` |
//! | [`Polynomial`] | `PolynomialLR` |
//! | [`Cosine`] | `CosineAnnealingLR` |
//! | [`CosineRestarts`] | `CosineAnnealingWarmRestarts` |
//! | [`OneCycle`] | `OneCycleLR` |
//! | [`Sequential`], from [`Schedule::until`] and [`Schedule::warmup`] | `SequentialLR` |
//! | [`Stretched`], from [`Schedule::every`] | calling `scheduler.step()` once an epoch |
//! | a closure `Fn(u64) -> f64` | `LambdaLR` |
//! | [`ReduceOnPlateau`], which follows a metric and not the step | `ReduceLROnPlateau` |
//!
//! Where PyTorch takes a learning rate (`eta_min`, `max_lr`), these take a factor of the optimiser's learning rate, so that
//! layers with learning rates of their own follow the same curve.

mod annealing;
mod combined;
mod cosine;
mod decay;
mod plateau;

pub use annealing::{Linear, Polynomial};
pub use combined::{Sequential, Stretched};
pub use cosine::{Cosine, CosineRestarts, OneCycle};
pub use decay::{Constant, Exponential, MultiStep, Step};
pub use plateau::{Plateau, ReduceOnPlateau};

/// The factor of the learning rate as a function of the step.
///
/// ```
/// use nn_core::schedule::{Cosine, Schedule};
/// let schedule = Cosine::new(90).warmup(10);
/// assert_eq!(schedule.factor(0), 0.0);
/// assert_eq!(schedule.factor(5), 0.5);
/// assert_eq!(schedule.factor(10), 1.0);
/// assert_eq!(schedule.factor(100), 0.0);
///
/// // A closure is a schedule.
/// let own = |step: u64| 1.0 / (1.0 + step as f64);
/// assert_eq!(own.factor(1), 0.5);
/// ```
pub trait Schedule: Send + Sync {
    /// The factor for step `step`; the first step is 0, and further calls of `Trainer::fit` count on. One that is negative, infinite or NaN is an error of that step.
    fn factor(&self, step: u64) -> f64;

    /// This schedule for the first `steps` steps, then `then`, which starts with its own step 0.
    fn until<S: Schedule>(self, steps: u64, then: S) -> Sequential<Self, S>
    where
        Self: Sized,
    {
        Sequential { first: self, steps, then }
    }

    /// A linear rise from 0 to 1 over the first `steps` steps, then this schedule from its own step 0.
    ///
    /// For a rise from another factor: `Linear { start: 0.1, end: 1.0, steps }.until(steps, schedule)`.
    fn warmup(self, steps: u64) -> Sequential<Linear, Self>
    where
        Self: Sized,
    {
        Linear { start: 0.0, end: 1.0, steps }.until(steps, self)
    }

    /// This schedule with one of its steps lasting `steps` steps: an epoch, say.
    fn every(self, steps: u64) -> Stretched<Self>
    where
        Self: Sized,
    {
        Stretched { schedule: self, steps }
    }
}

impl<F: Fn(u64) -> f64 + Send + Sync> Schedule for F {
    fn factor(&self, step: u64) -> f64 {
        self(step)
    }
}

/// How much of `steps` has passed, in 0..=1.
fn passed(step: u64, steps: u64) -> f64 {
    if step >= steps { 1.0 } else { step as f64 / steps as f64 }
}
