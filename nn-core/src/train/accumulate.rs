//! The mean of the gradients of several batches.

use crate::{Layer, Path};

/// Sums gradients, each times the number of its samples, until a step is due.
#[derive(Default)]
pub(super) struct Accumulator {
    sum: Vec<f32>,
    weight: f64,
}

impl Accumulator {
    /// Whether nothing was added since the last step.
    pub(super) fn is_empty(&self) -> bool {
        self.weight == 0.0
    }

    /// Adds the mean gradient of a batch that counts `weight`.
    pub(super) fn add<N: Layer>(&mut self, gradients: &mut N::Grads, weight: f64) {
        let (mut start, factor) = (0, weight as f32);
        let Self { sum, .. } = self;
        N::gradients(gradients, &Path::ROOT, &mut |_, gradient| {
            let values = gradient.values();
            let end = start + values.len();
            if sum.len() < end {
                sum.resize(end, 0.0);
            }
            for (sum, value) in sum[start..end].iter_mut().zip(values) {
                *sum += value * factor;
            }
            start = end;
        });
        self.weight += weight;
    }

    /// Writes the mean gradient and starts again.
    pub(super) fn take<N: Layer>(&mut self, gradients: &mut N::Grads) {
        let (mut start, Self { sum, weight }) = (0, self);
        let factor = if *weight > 0.0 { (1.0 / *weight) as f32 } else { 0.0 };
        N::gradients(gradients, &Path::ROOT, &mut |_, gradient| {
            let values = gradient.values_mut();
            let end = start + values.len();
            for (value, sum) in values.iter_mut().zip(&mut sum[start..end]) {
                *value = core::mem::take(sum) * factor;
            }
            start = end;
        });
        *weight = 0.0;
    }
}
