//! Schedules made of others.

use super::Schedule;
use serde::{Deserialize, Serialize};

/// One schedule after the other: what [`Schedule::until`] and [`Schedule::warmup`] give. PyTorch: `SequentialLR`.
///
/// ```
/// use nn_core::schedule::{Constant, Cosine, Exponential, Schedule};
/// // 10 steps as they are, 20 along a cosine, then ever smaller. Each counts its own steps from 0.
/// let schedule = Constant.until(10, Cosine::new(40)).until(30, Exponential { gamma: 0.5 });
/// assert_eq!(schedule.factor(10), 1.0);
/// assert_eq!(schedule.factor(32), 0.25);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sequential<A, B> {
    /// The schedule of the first steps.
    pub first: A,
    /// How many steps those are.
    pub steps: u64,
    /// The schedule of all steps after that; the first of them is its step 0.
    pub then: B,
}

impl<A: Schedule, B: Schedule> Schedule for Sequential<A, B> {
    fn factor(&self, step: u64) -> f64 {
        match step.checked_sub(self.steps) {
            None => self.first.factor(step),
            Some(step) => self.then.factor(step),
        }
    }
}

/// A schedule whose steps last longer: what [`Schedule::every`] gives.
///
/// ```
/// use nn_core::schedule::{Exponential, Schedule};
/// let by_epoch = Exponential { gamma: 0.5 }.every(100);
/// assert_eq!([0, 99, 100, 250].map(|step| by_epoch.factor(step)), [1.0, 1.0, 0.5, 0.25]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stretched<S> {
    /// The schedule.
    pub schedule: S,
    /// How many steps each of its steps lasts; 0 counts as 1.
    pub steps: u64,
}

impl<S: Schedule> Schedule for Stretched<S> {
    fn factor(&self, step: u64) -> f64 {
        self.schedule.factor(step / self.steps.max(1))
    }
}
