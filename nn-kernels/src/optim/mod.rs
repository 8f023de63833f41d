//! Optimiser updates: one pass over memory each, vectorised and spread over the team.
//!
//! Formulas and defaults are PyTorch's. Every step struct has
//!
//! * `lr`, the learning rate of this step;
//! * `weight_decay`, which adds `weight_decay · param` to the gradient, unless the optimiser says *decoupled*: then the
//!   parameter shrinks by `lr · weight_decay` by itself (Loshchilov and Hutter, 2019);
//! * `grad_scale`, by which gradients are multiplied while they are read, so that clipping by norm costs no pass of its own.
//!
//! State starts as zeros. `step` counts from 1.

mod adadelta;
mod adagrad;
mod adam;
mod adamax;
mod lion;
mod nadam;
mod radam;
mod rmsprop;
mod sgd;
#[cfg(test)]
mod tests;

pub use adadelta::{AdadeltaStep, adadelta};
pub use adagrad::{AdagradStep, adagrad};
pub use adam::{AdamStep, adam, adam_amsgrad};
pub use adamax::{AdamaxStep, adamax};
pub use lion::{LionStep, lion};
pub use nadam::{NadamStep, nadam};
pub use radam::{RadamStep, radam};
pub use rmsprop::{RmspropStep, rmsprop};
pub use sgd::{SgdStep, sgd};

use crate::lanes::{Floats, Lanes};

/// Parameters of a task of an optimiser that takes roots and divides, 2 µs of Adam's work.
const CHUNK: usize = 4 << 10;
/// The same for those that only add and multiply.
const CHUNK_SUMS: usize = 8 << 10;

/// `1 − βᵗ`, by which a running mean that started at 0 is too small after t steps. 0 before the first, which is no step.
fn bias_correction(beta: f64, step: u64) -> f64 {
    assert!(step > 0, "steps count from 1");
    1.0 - beta.powf(step as f64)
}

/// A running mean `β · mean + (1 − β) · x`. `1 − β` is that of β before it is rounded: near 1 the rounded one is far off.
#[derive(Clone, Copy)]
struct Decay {
    old: f32,
    new: f32,
}

impl Decay {
    fn of(beta: f64) -> Self {
        Self { old: beta as f32, new: (1.0 - beta) as f32 }
    }

    /// The mean without what is too small to be a normal number.
    #[inline(always)]
    fn mean<S: Lanes>(self, mean: Floats<S>, x: Floats<S>) -> Floats<S> {
        self.mix(mean, x).or_zero()
    }

    #[inline(always)]
    fn mix<S: Lanes>(self, mean: Floats<S>, x: Floats<S>) -> Floats<S> {
        mean.mul_add(self.old, x * self.new)
    }
}

/// Panics unless there is one gradient and one value of each kind of state for each parameter.
fn check(what: &str, params: &[f32], grads: &[f32], state: &[Option<&[f32]>]) {
    let count = params.len();
    assert_eq!(count, grads.len(), "{what}: {count} parameters, but {} gradients", grads.len());
    for state in state.iter().flatten() {
        assert_eq!(count, state.len(), "{what}: {count} parameters, but {} values of state", state.len());
    }
}
