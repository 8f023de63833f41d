//! Stochastic gradient descent with momentum.

use super::{CHUNK, check};
use crate::Team;
use crate::path::Isa;
use crate::vectorize::{Arithmetic, Kernel, vectorize};

/// One step of [`sgd`].
#[derive(Clone, Copy, Debug)]
pub struct SgdStep {
    /// Learning rate.
    pub lr: f32,
    /// Factor of the running sum of gradients.
    pub momentum: f32,
    /// `1 − dampening` is the factor of the new gradient in that sum.
    pub dampening: f32,
    /// Whether to look ahead: use `gradient + momentum · sum` (Nesterov; Sutskever et al., 2013).
    pub nesterov: bool,
    /// Added to the gradient as `weight_decay · param`.
    pub weight_decay: f32,
    /// Whether the sum is empty: the first gradient enters it undamped, as in PyTorch.
    pub first: bool,
    /// Factor of every gradient.
    pub grad_scale: f32,
}

struct Momentum<'a>(SgdStep, &'a mut [f32], &'a [f32], &'a mut [f32]);

impl Kernel for Momentum<'_> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Self(s, param, grad, sum) = self;
        let (keep, new) = if s.first { (0.0, 1.0) } else { (s.momentum, 1.0 - s.dampening) };
        // The update is a·g + b·sum.
        let (a, b) = if s.nesterov { (1.0, s.momentum) } else { (0.0, 1.0) };
        for ((p, &g), sum) in param.iter_mut().zip(grad).zip(sum) {
            let g = A::mul_add(s.weight_decay, *p, g * s.grad_scale);
            *sum = A::mul_add(keep, *sum, new * g);
            *p = A::mul_add(-s.lr, A::mul_add(b, *sum, a * g), *p);
        }
    }
}

struct Simple<'a>(SgdStep, &'a mut [f32], &'a [f32]);

impl Kernel for Simple<'_> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Self(s, param, grad) = self;
        for (p, &g) in param.iter_mut().zip(grad) {
            let g = A::mul_add(s.weight_decay, *p, g * s.grad_scale);
            *p = A::mul_add(-s.lr, g, *p);
        }
    }
}

/// Stochastic gradient descent.
///
/// ```text
/// g = grad_scale · grad + weight_decay · param
/// sum = momentum · sum + (1 − dampening) · g        (sum = g in the first step)
/// param −= lr · (g + momentum · sum  if nesterov,  else sum)
/// ```
///
/// `sum` is the state, one value a parameter; with `None` there is no momentum. PyTorch: `optim.SGD`.
///
/// # Panics
///
/// When the lengths differ.
///
/// ```
/// use nn_kernels::{SgdStep, Team, sgd};
///
/// let step = SgdStep {
///     lr: 0.125, momentum: 0.0, dampening: 0.0, nesterov: false, weight_decay: 0.0, first: true, grad_scale: 1.0,
/// };
/// let mut param = [1.0, 2.0];
/// sgd(&Team::serial(), &mut param, &[8.0, -8.0], None, step);
/// assert_eq!(param, [0.0, 3.0]);
/// ```
pub fn sgd(team: &Team, param: &mut [f32], grad: &[f32], sum: Option<&mut [f32]>, step: SgdStep) {
    check("sgd", param.len(), grad.len());
    let isa = Isa::current();
    match sum {
        Some(sum) => team.zip_chunks_mut([param, sum], CHUNK, |start, [param, sum]| {
            vectorize(isa, Momentum(step, &mut *param, &grad[start..][..sum.len()], sum));
        }),
        None => team.zip_chunks_mut([param], CHUNK, |start, [param]| {
            let grad = &grad[start..][..param.len()];
            vectorize(isa, Simple(step, param, grad));
        }),
    }
}
