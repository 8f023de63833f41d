//! Adadelta.

use super::{CHUNK, check};
use crate::Team;
use crate::path::Isa;
use crate::vectorize::{Arithmetic, Kernel, vectorize};

/// One step of [`adadelta`].
#[derive(Clone, Copy, Debug)]
pub struct AdadeltaStep {
    /// Learning rate (PyTorch's default is 1).
    pub lr: f32,
    /// How long the means remember (0.9).
    pub rho: f32,
    /// Added under the roots (1e-6).
    pub eps: f32,
    /// Added to the gradient as `weight_decay · param`.
    pub weight_decay: f32,
    /// Factor of every gradient.
    pub grad_scale: f32,
}

struct Adadelta<'a>(AdadeltaStep, &'a mut [f32], &'a [f32], &'a mut [f32], &'a mut [f32]);

impl Kernel for Adadelta<'_> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Self(s, param, grad, squares, updates) = self;
        let rest = 1.0 - s.rho;
        for (((p, &g), squares), updates) in param.iter_mut().zip(grad).zip(squares).zip(updates) {
            let g = A::mul_add(s.weight_decay, *p, g * s.grad_scale);
            *squares = A::mul_add(s.rho, *squares, rest * g * g);
            let update = (*updates + s.eps).sqrt() / (*squares + s.eps).sqrt() * g;
            *updates = A::mul_add(s.rho, *updates, rest * update * update);
            *p = A::mul_add(-s.lr, update, *p);
        }
    }
}

/// Adadelta (Zeiler, 2012).
///
/// ```text
/// g = grad_scale · grad + weight_decay · param
/// squares = ρ · squares + (1 − ρ) · g²
/// update = √(updates + eps) / √(squares + eps) · g
/// updates = ρ · updates + (1 − ρ) · update²
/// param −= lr · update
/// ```
///
/// PyTorch: `optim.Adadelta`.
///
/// # Panics
///
/// When the lengths differ.
///
/// ```
/// use nn_kernels::{AdadeltaStep, Team, adadelta};
///
/// let (mut param, mut squares, mut updates) = ([1.0], [0.0], [0.0]);
/// let step = AdadeltaStep { lr: 1.0, rho: 0.9, eps: 1e-6, weight_decay: 0.0, grad_scale: 1.0 };
/// adadelta(&Team::serial(), &mut param, &[4.0], &mut squares, &mut updates, step);
/// assert!((param[0] - 0.996_838).abs() < 1e-5);
/// ```
pub fn adadelta(
    team: &Team,
    param: &mut [f32],
    grad: &[f32],
    squares: &mut [f32],
    updates: &mut [f32],
    step: AdadeltaStep,
) {
    check("adadelta", param.len(), grad.len());
    let isa = Isa::current();
    team.zip_chunks_mut([param, squares, updates], CHUNK, |start, [param, squares, updates]| {
        let grad = &grad[start..][..param.len()];
        vectorize(isa, Adadelta(step, param, grad, squares, updates));
    });
}
