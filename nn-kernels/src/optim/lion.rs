//! Lion: the sign of a mean of gradients.

use super::{CHUNK, check, select};
use crate::Team;
use crate::path::Isa;
use crate::vectorize::{Arithmetic, Kernel, vectorize};

/// One step of [`lion`].
#[derive(Clone, Copy, Debug)]
pub struct LionStep {
    /// Learning rate (the paper's default is 1e-4: a tenth to a third of Adam's).
    pub lr: f32,
    /// Weight of the mean in the update (0.9).
    pub beta1: f32,
    /// How long the mean remembers (0.99).
    pub beta2: f32,
    /// Weight decay, decoupled.
    pub weight_decay: f32,
    /// Factor of every gradient.
    pub grad_scale: f32,
}

struct Lion<'a>(LionStep, &'a mut [f32], &'a [f32], &'a mut [f32]);

impl Kernel for Lion<'_> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Self(s, param, grad, m) = self;
        let (rest1, rest2) = (1.0 - s.beta1, 1.0 - s.beta2);
        let shrink = 1.0 - s.lr * s.weight_decay;
        for ((p, &g), m) in param.iter_mut().zip(grad).zip(m) {
            let g = g * s.grad_scale;
            let direction = A::mul_add(s.beta1, *m, rest1 * g);
            // The sign, 0 for 0, NaN for NaN.
            let sign = select(direction == 0.0 || direction.is_nan(), direction, 1.0_f32.copysign(direction));
            *m = A::mul_add(s.beta2, *m, rest2 * g);
            *p = A::mul_add(-s.lr, sign, shrink * *p);
        }
    }
}

/// Lion (Chen et al., "Symbolic Discovery of Optimization Algorithms", 2023).
///
/// ```text
/// g = grad_scale · grad
/// param −= lr · (sign(β₁ · m + (1 − β₁) · g) + weight_decay · param)
/// m = β₂ · m + (1 − β₂) · g
/// ```
///
/// # Panics
///
/// When the lengths differ.
///
/// ```
/// use nn_kernels::{LionStep, Team, lion};
///
/// let (mut param, mut m) = ([1.0, 1.0, 1.0], [0.0; 3]);
/// let step = LionStep { lr: 0.25, beta1: 0.9, beta2: 0.99, weight_decay: 0.0, grad_scale: 1.0 };
/// lion(&Team::serial(), &mut param, &[5.0, -0.1, 0.0], &mut m, step);
/// assert_eq!(param, [0.75, 1.25, 1.0]);
/// ```
pub fn lion(team: &Team, param: &mut [f32], grad: &[f32], m: &mut [f32], step: LionStep) {
    check("lion", param.len(), grad.len());
    let isa = Isa::current();
    team.zip_chunks_mut([param, m], CHUNK, |start, [param, m]| {
        let grad = &grad[start..][..param.len()];
        vectorize(isa, Lion(step, param, grad, m));
    });
}
