//! Adagrad.

use super::{CHUNK, check};
use crate::Team;
use crate::lanes::{Elementwise, Floats, Lanes, sweep};

/// One step of [`adagrad`].
#[derive(Clone, Copy, Debug)]
pub struct AdagradStep {
    /// Learning rate.
    pub lr: f32,
    /// By how much the rate falls: `lr / (1 + (step − 1) · lr_decay)` (PyTorch's default is 0).
    pub lr_decay: f32,
    /// Added to the denominator (1e-10).
    pub eps: f32,
    /// Added to the gradient as `weight_decay · param`.
    pub weight_decay: f32,
    /// Number of this step, from 1.
    pub step: u64,
    /// Factor of every gradient.
    pub grad_scale: f32,
}

#[derive(Clone, Copy)]
struct Adagrad(AdagradStep);

impl Elementwise<2, 1> for Adagrad {
    #[inline(always)]
    fn update<S: Lanes>(self, [p, sum]: [Floats<S>; 2], [g]: [Floats<S>; 1]) -> [Floats<S>; 2] {
        let s = self.0;
        let g = p.mul_add(s.weight_decay, g * s.grad_scale);
        let sum = g.mul_add(g, sum);
        [(g / (sum.sqrt() + s.eps)).mul_add(-s.lr, p), sum]
    }
}

/// Adagrad (Duchi, Hazan and Singer, 2011).
///
/// ```text
/// g = grad_scale · grad + weight_decay · param
/// sum = sum + g²
/// param −= lr / (1 + (t − 1) · lr_decay) · g / (√sum + eps)
/// ```
///
/// PyTorch: `optim.Adagrad`.
///
/// # Panics
///
/// When the lengths differ.
///
/// ```
/// use nn_kernels::{AdagradStep, Team, adagrad};
///
/// let (mut param, mut sum) = ([1.0], [0.0]);
/// let step = AdagradStep { lr: 0.1, lr_decay: 0.0, eps: 1e-10, weight_decay: 0.0, step: 1, grad_scale: 1.0 };
/// adagrad(&Team::serial(), &mut param, &[-4.0], &mut sum, step);
/// assert!((param[0] - 1.1).abs() < 1e-6);
/// ```
pub fn adagrad(team: &Team, param: &mut [f32], grad: &[f32], sum: &mut [f32], step: AdagradStep) {
    check("adagrad", param, grad, &[Some(sum)]);
    let fall = 1.0 + step.step.saturating_sub(1) as f64 * f64::from(step.lr_decay);
    let step = AdagradStep { lr: (f64::from(step.lr) / fall) as f32, ..step };
    sweep(team, CHUNK, [param, sum], [grad], Adagrad(step));
}
