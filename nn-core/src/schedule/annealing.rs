//! Schedules along a straight line or a power of one.

use super::{Schedule, passed};
use serde::{Deserialize, Serialize};

/// `start + (end − start) · step / steps`, then `end`. PyTorch: `LinearLR`.
///
/// ```
/// use nn_core::schedule::{Linear, Schedule};
/// let schedule = Linear { start: 0.0, end: 1.0, steps: 4 };
/// assert_eq!([0, 1, 4, 9].map(|step| schedule.factor(step)), [0.0, 0.25, 1.0, 1.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Linear {
    /// The factor of step 0.
    pub start: f64,
    /// The factor from step `steps` on.
    pub end: f64,
    /// The number of steps from one to the other.
    pub steps: u64,
}

impl Schedule for Linear {
    fn factor(&self, step: u64) -> f64 {
        self.start + (self.end - self.start) * passed(step, self.steps)
    }
}

/// `(1 − step / steps) ^ power`, then 0. PyTorch: `PolynomialLR`.
///
/// ```
/// use nn_core::schedule::{Polynomial, Schedule};
/// assert_eq!(Polynomial { steps: 4, power: 2.0 }.factor(2), 0.25);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Polynomial {
    /// The number of steps until 0.
    pub steps: u64,
    /// 1 falls along a line; larger powers fall faster at first.
    pub power: f64,
}

impl Schedule for Polynomial {
    fn factor(&self, step: u64) -> f64 {
        (1.0 - passed(step, self.steps)).powf(self.power)
    }
}
