//! Schedules that multiply the learning rate by the same factor again and again.

use super::Schedule;
use serde::{Deserialize, Serialize};

/// `1`: the optimiser's learning rate throughout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Constant;

impl Schedule for Constant {
    fn factor(&self, _: u64) -> f64 {
        1.0
    }
}

/// `gamma ^ ⌊step / every⌋`: multiplied by `gamma` every so many steps. PyTorch: `StepLR`.
///
/// ```
/// use nn_core::schedule::{Schedule, Step};
/// let schedule = Step { every: 30, gamma: 0.5 };
/// assert_eq!([0, 29, 30, 60].map(|step| schedule.factor(step)), [1.0, 1.0, 0.5, 0.25]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The number of steps between two changes; 0 counts as 1.
    pub every: u64,
    /// What the learning rate is multiplied by.
    pub gamma: f64,
}

impl Schedule for Step {
    fn factor(&self, step: u64) -> f64 {
        self.gamma.powf((step / self.every.max(1)) as f64)
    }
}

/// `gamma ^ (number of milestones reached)`. PyTorch: `MultiStepLR`.
///
/// ```
/// use nn_core::schedule::{MultiStep, Schedule};
/// let schedule = MultiStep { milestones: vec![5, 20], gamma: 0.5 };
/// assert_eq!([4, 5, 20].map(|step| schedule.factor(step)), [1.0, 0.5, 0.25]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MultiStep {
    /// The steps from which on the learning rate is smaller, in any order.
    pub milestones: Vec<u64>,
    /// What the learning rate is multiplied by at each.
    pub gamma: f64,
}

impl Schedule for MultiStep {
    fn factor(&self, step: u64) -> f64 {
        let reached = self.milestones.iter().filter(|&&milestone| milestone <= step).count();
        self.gamma.powf(reached as f64)
    }
}

/// `gamma ^ step`. PyTorch: `ExponentialLR`.
///
/// ```
/// use nn_core::schedule::{Exponential, Schedule};
/// assert_eq!(Exponential { gamma: 0.5 }.factor(3), 0.125);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exponential {
    /// What the learning rate is multiplied by after each step.
    pub gamma: f64,
}

impl Schedule for Exponential {
    fn factor(&self, step: u64) -> f64 {
        self.gamma.powf(step as f64)
    }
}
