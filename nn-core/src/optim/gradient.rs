//! What happens to gradients before the update: penalties, limits, norms.

use super::Penalty;
use crate::Tensor;
use nn_kernels::Team;

/// Sums are split after every so many elements, whatever the number of threads, so the bits do not depend on it.
const CHUNK: usize = 8192;

/// Room for the partial sums of the largest of some tensors.
#[derive(Debug, Default)]
pub(super) struct Partials(Vec<f64>);

impl Partials {
    /// Makes room for a tensor of `len` elements.
    pub(super) fn reserve(&mut self, len: usize) {
        self.0.resize(self.0.len().max(len.div_ceil(CHUNK)), 0.0);
    }

    fn sum(&mut self, team: &Team, values: &[f32], of_chunk: fn(&[f32]) -> f64) -> f64 {
        self.reserve(values.len());
        let partials = &mut self.0[..values.len().div_ceil(CHUNK)];
        team.chunks_mut(partials, 1, |i, sum| sum[0] = of_chunk(chunk(values, i)));
        partials.iter().sum()
    }

    /// Σ v².
    pub(super) fn squares(&mut self, team: &Team, values: &[f32]) -> f64 {
        self.sum(team, values, |chunk| lanes(chunk, |v| v * v))
    }

    /// Σ |v|.
    fn absolutes(&mut self, team: &Team, values: &[f32]) -> f64 {
        self.sum(team, values, |chunk| lanes(chunk, f64::abs))
    }

    /// Adds the gradient of a penalty on `param` to `grad`; returns the penalty. Nothing for vectors.
    pub(super) fn penalize(&mut self, team: &Team, penalty: Penalty, param: &Tensor, grad: &mut Tensor) -> f64 {
        if penalty.is_none() || param.shape().rank() < 2 {
            return 0.0;
        }
        let (l1, twice_l2, weights) = (penalty.l1 as f32, 2.0 * penalty.l2 as f32, param.values());
        team.chunks_mut(grad.values_mut(), CHUNK, |i, grad| {
            for (g, &w) in grad.iter_mut().zip(chunk(weights, i)) {
                // `signum` of 0 is 1; the sign wanted here is 0.
                *g += twice_l2 * w + if w == 0.0 { 0.0 } else { l1 * w.signum() };
            }
        });
        let l1 = if penalty.l1 == 0.0 { 0.0 } else { penalty.l1 * self.absolutes(team, weights) };
        let l2 = if penalty.l2 == 0.0 { 0.0 } else { penalty.l2 * self.squares(team, weights) };
        l1 + l2
    }
}

/// Limits every element to -limit..=limit; NaN stays NaN.
pub(super) fn clip_value(team: &Team, grad: &mut [f32], limit: f32) {
    team.chunks_mut(grad, CHUNK, |_, grad| grad.iter_mut().for_each(|g| *g = g.clamp(-limit, limit)));
}

/// The factor that brings a gradient of that norm to at most `limit`, as PyTorch's `clip_grad_norm_` computes it.
pub(super) fn norm_scale(norm: f64, limit: f64) -> f32 {
    (limit / (norm + 1e-6)).min(1.0) as f32
}

fn chunk(values: &[f32], index: usize) -> &[f32] {
    &values[index * CHUNK..values.len().min((index + 1) * CHUNK)]
}

/// Σ f(v), in eight interleaved sums so that it vectorises, in `f64` so that squares of large numbers do not overflow.
fn lanes(values: &[f32], f: impl Fn(f64) -> f64) -> f64 {
    let (rows, rest) = values.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for row in rows {
        for (sum, &v) in sums.iter_mut().zip(row) {
            *sum += f(f64::from(v));
        }
    }
    sums.iter().sum::<f64>() + rest.iter().map(|&v| f(f64::from(v))).sum::<f64>()
}
