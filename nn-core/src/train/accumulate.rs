//! The mean of the gradients of several batches.

use crate::{Layer, Path, Scored};

/// Adds up gradients, each times what its batch counts, until a step is due.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Accumulator {
    weight: f64,
}

impl Accumulator {
    /// Whether nothing was added since the last step.
    pub(super) fn is_empty(&self) -> bool {
        self.weight == 0.0
    }

    /// Adds the gradient of a batch that counts `weight`: what its loss was divided by.
    pub(super) fn add<N: Layer>(&mut self, mut scored: Scored<'_, N>, weight: f64, gradients: &mut N::Grads) {
        scored.scale(weight as f32);
        if self.is_empty() {
            scored.backward(gradients);
        } else {
            scored.accumulate(gradients);
        }
        self.weight += weight;
    }

    /// Makes the sum a mean, and starts again. Gives what all batches count together.
    pub(super) fn finish<N: Layer>(&mut self, gradients: &mut N::Grads) -> f64 {
        let factor = if self.weight > 0.0 { (1.0 / self.weight) as f32 } else { 0.0 };
        N::gradients(gradients, &Path::ROOT, &mut |_, gradient| {
            gradient.values_mut().iter_mut().for_each(|value| *value *= factor);
        });
        core::mem::take(&mut self.weight)
    }
}
