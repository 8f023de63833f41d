//! RMSprop.

use super::{CHUNK, check};
use crate::Team;
use crate::path::Isa;
use crate::vectorize::{Arithmetic, Kernel, vectorize};

/// One step of [`rmsprop`].
#[derive(Clone, Copy, Debug)]
pub struct RmspropStep {
    /// Learning rate.
    pub lr: f32,
    /// How long the mean of the squares remembers (PyTorch's default is 0.99).
    pub alpha: f32,
    /// Added to the denominator (1e-8).
    pub eps: f32,
    /// Factor of the running sum of updates; used with `sum` only.
    pub momentum: f32,
    /// Added to the gradient as `weight_decay · param`.
    pub weight_decay: f32,
    /// Factor of every gradient.
    pub grad_scale: f32,
}

struct Rmsprop<'a, const N: usize, const CENTERED: bool, const MOMENTUM: bool>(
    RmspropStep,
    &'a [f32],
    [&'a mut [f32]; N],
);

/// `N` counts the slices that are written: parameter, squares, then the mean, then the sum.
impl<const N: usize, const CENTERED: bool, const MOMENTUM: bool> Kernel for Rmsprop<'_, N, CENTERED, MOMENTUM> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Self(s, grad, data) = self;
        let rest = 1.0 - s.alpha;
        let len = grad.len();
        let data = data.map(|part| &mut part[..len]);
        for i in 0..len {
            let p = data[0][i];
            let g = A::mul_add(s.weight_decay, p, grad[i] * s.grad_scale);
            let mut v = A::mul_add(s.alpha, data[1][i], rest * g * g);
            data[1][i] = v;
            if CENTERED {
                let mean = A::mul_add(s.alpha, data[2][i], rest * g);
                data[2][i] = mean;
                // The variance; rounding may push it below 0.
                v = A::mul_add(-mean, mean, v);
                v = if v < 0.0 { 0.0 } else { v };
            }
            let mut update = g / (v.sqrt() + s.eps);
            if MOMENTUM {
                update = A::mul_add(s.momentum, data[N - 1][i], update);
                data[N - 1][i] = update;
            }
            data[0][i] = A::mul_add(-s.lr, update, p);
        }
    }
}

/// RMSprop (Tieleman and Hinton, 2012).
///
/// ```text
/// g = grad_scale · grad + weight_decay · param
/// squares = α · squares + (1 − α) · g²
/// mean = α · mean + (1 − α) · g                     (centered: variance = squares − mean², else variance = squares)
/// update = g / (√variance + eps)
/// sum = momentum · sum + update                     (with momentum: the update is sum)
/// param −= lr · update
/// ```
///
/// With `mean` the variant is the centered one (Graves, 2013), with `sum` there is momentum. PyTorch: `optim.RMSprop`.
///
/// # Panics
///
/// When the lengths differ.
///
/// ```
/// use nn_kernels::{RmspropStep, Team, rmsprop};
///
/// let (mut param, mut squares) = ([1.0], [0.0]);
/// let step = RmspropStep { lr: 0.01, alpha: 0.99, eps: 1e-8, momentum: 0.0, weight_decay: 0.0, grad_scale: 1.0 };
/// rmsprop(&Team::serial(), &mut param, &[3.0], &mut squares, None, None, step);
/// assert!((param[0] - 0.9).abs() < 1e-5);
/// ```
pub fn rmsprop(
    team: &Team,
    param: &mut [f32],
    grad: &[f32],
    squares: &mut [f32],
    mean: Option<&mut [f32]>,
    sum: Option<&mut [f32]>,
    step: RmspropStep,
) {
    check("rmsprop", param.len(), grad.len());
    fn go<const N: usize, const CENTERED: bool, const MOMENTUM: bool>(
        team: &Team,
        data: [&mut [f32]; N],
        grad: &[f32],
        step: RmspropStep,
    ) {
        let isa = Isa::current();
        team.zip_chunks_mut(data, CHUNK, |start, parts| {
            let grad = &grad[start..][..parts[0].len()];
            vectorize(isa, Rmsprop::<N, CENTERED, MOMENTUM>(step, grad, parts));
        });
    }
    match (mean, sum) {
        (None, None) => go::<2, false, false>(team, [param, squares], grad, step),
        (Some(mean), None) => go::<3, true, false>(team, [param, squares, mean], grad, step),
        (None, Some(sum)) => go::<3, false, true>(team, [param, squares, sum], grad, step),
        (Some(mean), Some(sum)) => go::<4, true, true>(team, [param, squares, mean, sum], grad, step),
    }
}
