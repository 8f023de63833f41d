//! Schedules along half a period of a cosine.

use super::{Schedule, passed};
use core::f64::consts::PI;
use serde::{Deserialize, Serialize};

/// From `start` to `end` along half a cosine; `at` runs from 0 to 1.
fn half_cosine(start: f64, end: f64, at: f64) -> f64 {
    let weight = 0.5 * (1.0 + (PI * at).cos());
    // Weighted like this, both ends are exact.
    weight * start + (1.0 - weight) * end
}

/// `minimum + (1 − minimum) · (1 + cos(π · step / steps)) / 2`, then `minimum`.
///
/// PyTorch: `CosineAnnealingLR`, which after `T_max` steps rises again; this stays down.
///
/// ```
/// use nn_core::schedule::{Cosine, Schedule};
/// let schedule = Cosine { steps: 10, minimum: 0.2 };
/// assert_eq!([0, 10, 11].map(|step| schedule.factor(step)), [1.0, 0.2, 0.2]);
/// assert!((schedule.factor(5) - 0.6).abs() < 1e-12);
/// ```
///
/// Source: Loshchilov and Hutter, *SGDR: Stochastic gradient descent with warm restarts*, 2017.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cosine {
    /// The number of steps until the minimum.
    pub steps: u64,
    /// The factor at the end.
    pub minimum: f64,
}

impl Cosine {
    /// Down to 0 in `steps` steps.
    pub const fn new(steps: u64) -> Self {
        Self { steps, minimum: 0.0 }
    }
}

impl Schedule for Cosine {
    fn factor(&self, step: u64) -> f64 {
        half_cosine(1.0, self.minimum, passed(step, self.steps))
    }
}

/// [`Cosine`] again and again, each time `multiplier` times as long. PyTorch: `CosineAnnealingWarmRestarts`.
///
/// ```
/// use nn_core::schedule::{CosineRestarts, Schedule};
/// let schedule = CosineRestarts { multiplier: 2, ..CosineRestarts::new(10) };
/// assert_eq!([0, 10, 30, 70].map(|step| schedule.factor(step)), [1.0; 4]);
/// assert!(schedule.factor(29) < 0.01);
/// ```
///
/// Source: Loshchilov and Hutter, *SGDR: Stochastic gradient descent with warm restarts*, 2017.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CosineRestarts {
    /// The number of steps of the first period; 0 counts as 1.
    pub period: u64,
    /// How many times as long each period is as the one before; 0 counts as 1.
    pub multiplier: u64,
    /// The factor at the end of a period.
    pub minimum: f64,
}

impl CosineRestarts {
    /// Down to 0 in `period` steps, and again, in periods of the same length.
    pub const fn new(period: u64) -> Self {
        Self { period, multiplier: 1, minimum: 0.0 }
    }
}

impl Schedule for CosineRestarts {
    fn factor(&self, step: u64) -> f64 {
        let (mut step, mut period) = (step, self.period.max(1));
        if self.multiplier <= 1 {
            step %= period;
        }
        while step >= period {
            step -= period;
            period = period.saturating_mul(self.multiplier);
        }
        half_cosine(1.0, self.minimum, passed(step, period))
    }
}

/// Up from `1 / div_factor` to 1, then down to `1 / (div_factor · final_div_factor)`, both along half a cosine.
///
/// The optimiser's learning rate is the highest one (`max_lr`). PyTorch: `OneCycleLR`; momentum is not cycled.
///
/// ```
/// use nn_core::schedule::{OneCycle, Schedule};
/// let schedule = OneCycle { warmup: 0.5, ..OneCycle::new(21) };
/// assert_eq!(schedule.factor(0), 1.0 / 25.0);
/// assert!(schedule.factor(10) > 0.99);
/// assert!(schedule.factor(20) < 1e-5);
/// ```
///
/// Source: Smith and Topin, *Super-convergence: very fast training of neural networks using large learning rates*, 2018.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OneCycle {
    /// The number of steps of the whole cycle.
    pub steps: u64,
    /// The part of the steps in which the learning rate rises (PyTorch: `pct_start`).
    pub warmup: f64,
    /// The first factor is `1 / div_factor`.
    pub div_factor: f64,
    /// The last factor is the first divided by this.
    pub final_div_factor: f64,
}

impl OneCycle {
    /// A cycle of `steps` steps as PyTorch has it: 30 % rising, from 1/25, and down to 1/250 000.
    pub const fn new(steps: u64) -> Self {
        Self { steps, warmup: 0.3, div_factor: 25.0, final_div_factor: 1e4 }
    }
}

impl Schedule for OneCycle {
    fn factor(&self, step: u64) -> f64 {
        // The peak need not lie on a step.
        let (step, last) = (step as f64, self.steps as f64 - 1.0);
        let peak = self.warmup * self.steps as f64 - 1.0;
        let start = 1.0 / self.div_factor;
        let end = start / self.final_div_factor;
        if step >= last {
            end
        } else if step > peak {
            half_cosine(1.0, end, (step - peak) / (last - peak))
        } else {
            // At a peak on step 0 nothing rises.
            half_cosine(start, 1.0, if peak > 0.0 { step / peak } else { 1.0 })
        }
    }
}
