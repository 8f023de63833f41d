//! What happens to gradients before the update: penalties and limits.

use super::Penalty;
use crate::Tensor;
use nn_kernels::{Team, axpy, sum_of_squares};

/// Elements of a task.
const CHUNK: usize = 16 << 10;

/// Adds the gradient of a penalty on `param` to `grad`; returns the penalty. Nothing for vectors.
pub(super) fn penalize(team: &Team, penalty: Penalty, param: &Tensor, grad: &mut Tensor) -> f64 {
    let (weights, mut total) = (param.values(), 0.0);
    if param.shape().rank() < 2 {
        return total;
    }
    if penalty.l1 > 0.0 {
        let l1 = penalty.l1 as f32;
        team.chunks_mut(grad.values_mut(), CHUNK, |i, grad| {
            for (g, &w) in grad.iter_mut().zip(&weights[i * CHUNK..]) {
                // `signum` of 0 is 1; the sign wanted here is 0.
                *g += if w == 0.0 { 0.0 } else { l1 * w.signum() };
            }
        });
        total += penalty.l1 * sum_of_absolutes(weights);
    }
    if penalty.l2 > 0.0 {
        axpy(team, 2.0 * penalty.l2 as f32, weights, grad.values_mut());
        total += penalty.l2 * sum_of_squares(team, weights);
    }
    total
}

/// Limits every element to -limit..=limit; NaN stays NaN.
pub(super) fn clip_value(team: &Team, grad: &mut [f32], limit: f32) {
    team.chunks_mut(grad, CHUNK, |_, grad| grad.iter_mut().for_each(|g| *g = g.clamp(-limit, limit)));
}

/// The factor that brings a gradient of that norm to at most `limit`, as PyTorch's `clip_grad_norm_` computes it.
pub(super) fn norm_scale(norm: f64, limit: f64) -> f32 {
    (limit / (norm + 1e-6)).min(1.0) as f32
}

/// Σ |v| in eight interleaved sums, so that it vectorises. On one thread: it is read by people, if at all.
fn sum_of_absolutes(values: &[f32]) -> f64 {
    let (rows, rest) = values.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for row in rows {
        for (sum, v) in sums.iter_mut().zip(row) {
            *sum += f64::from(v.abs());
        }
    }
    sums.iter().sum::<f64>() + rest.iter().map(|v| f64::from(v.abs())).sum::<f64>()
}
