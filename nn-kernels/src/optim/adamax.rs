//! Adamax: Adam with the largest gradient instead of the mean of squares.

use super::{CHUNK, bias_correction, check};
use crate::Team;
use crate::path::Isa;
use crate::vectorize::{Arithmetic, Kernel, vectorize};

/// One step of [`adamax`].
#[derive(Clone, Copy, Debug)]
pub struct AdamaxStep {
    /// Learning rate (PyTorch's default is 0.002).
    pub lr: f32,
    /// How long the mean of the gradients remembers (0.9).
    pub beta1: f32,
    /// How long the largest gradient remembers (0.999).
    pub beta2: f32,
    /// Added to the size of a gradient (1e-8).
    pub eps: f32,
    /// Added to the gradient as `weight_decay · param`.
    pub weight_decay: f32,
    /// Number of this step, from 1.
    pub step: u64,
    /// Factor of every gradient.
    pub grad_scale: f32,
}

struct Adamax<'a>(AdamaxStep, &'a mut [f32], &'a [f32], &'a mut [f32], &'a mut [f32]);

impl Kernel for Adamax<'_> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Self(s, param, grad, m, largest) = self;
        let rest1 = 1.0 - s.beta1;
        for (((p, &g), m), largest) in param.iter_mut().zip(grad).zip(m).zip(largest) {
            let g = A::mul_add(s.weight_decay, *p, g * s.grad_scale);
            *m = A::mul_add(s.beta1, *m, rest1 * g);
            let (old, new) = (s.beta2 * *largest, g.abs() + s.eps);
            // Not `old > new`: a gradient that is not a number shall be seen.
            *largest = if new <= old { old } else { new };
            *p = A::mul_add(-s.lr, *m / *largest, *p);
        }
    }
}

/// Adamax (Kingma and Ba, 2015, section 7).
///
/// ```text
/// g = grad_scale · grad + weight_decay · param
/// m = β₁ · m + (1 − β₁) · g
/// largest = max(β₂ · largest, |g| + eps)
/// param −= lr / (1 − β₁ᵗ) · m / largest
/// ```
///
/// PyTorch: `optim.Adamax`.
///
/// # Panics
///
/// When the lengths differ.
///
/// ```
/// use nn_kernels::{AdamaxStep, Team, adamax};
///
/// let (mut param, mut m, mut largest) = ([1.0], [0.0], [0.0]);
/// let step = AdamaxStep { lr: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0, step: 1, grad_scale: 1.0 };
/// adamax(&Team::serial(), &mut param, &[5.0], &mut m, &mut largest, step);
/// assert!((param[0] - 0.9).abs() < 1e-6);
/// ```
pub fn adamax(team: &Team, param: &mut [f32], grad: &[f32], m: &mut [f32], largest: &mut [f32], step: AdamaxStep) {
    check("adamax", param.len(), grad.len());
    let lr = (f64::from(step.lr) / bias_correction(step.beta1, step.step)) as f32;
    let (isa, step) = (Isa::current(), AdamaxStep { lr, ..step });
    team.zip_chunks_mut([param, m, largest], CHUNK, |start, [param, m, largest]| {
        let grad = &grad[start..][..param.len()];
        vectorize(isa, Adamax(step, param, grad, m, largest));
    });
}
