//! The gated recurrent unit, in PyTorch's form: `n = tanh(W_in·x + b_in + r · (W_hn·h + b_hn))`, `h = (1 − z) · n + z · h`. (Cho et al., 2014)

use super::cell::{Step, parts, parts_mut};
use crate::lanes::{Elementwise, Floats, Lanes, sweep_in};
use crate::math::{sigmoid, tanh};
use crate::path::Isa;

#[derive(Clone, Copy)]
struct Forward;

impl Elementwise<5, 3> for Forward {
    #[inline(always)]
    fn update<S: Lanes>(self, [r, z, n, _, h]: [Floats<S>; 5], [hr, hz, hn]: [Floats<S>; 3]) -> [Floats<S>; 5] {
        let (r, z) = (sigmoid(r + hr), sigmoid(z + hz));
        let n = tanh(r.mul_add(hn, n));
        [r, z, n, hn, z.mul_add(h - n, n)]
    }
}

/// Gates, the state's part of n, and h from the projections: that of the input lies where the gates go.
pub(super) fn step(isa: Isa, gates: &mut [f32], state: &[f32], h: &mut [f32]) {
    let [r, z, n, hn] = parts_mut(gates);
    sweep_in(isa, [r, z, n, hn, h], parts::<3>(state), Forward);
}

#[derive(Clone, Copy)]
struct Backward;

impl Elementwise<5, 6> for Backward {
    #[inline(always)]
    fn update<S: Lanes>(
        self,
        [_, _, _, _, dh]: [Floats<S>; 5],
        [r, z, n, hn, before, dy]: [Floats<S>; 6],
    ) -> [Floats<S>; 5] {
        let dh = dy + dh;
        let dn = dh * (1.0 - z) * (-n).mul_add(n, 1.0);
        let dz = dh * (before - n) * (z * (1.0 - z));
        [dn * hn * (r * (1.0 - r)), dz, dn, dn * r, dh * z]
    }
}

/// The gradients of the sums of r, z and n and of the state's part of n, and in `dh` what the state before has of it without the gates.
pub(super) fn back(isa: Isa, of: &Step<'_>, dh: &mut [f32], gradients: &mut [f32]) {
    let ([r, z, n, hn], [dr, dz, dn, dhn]) = (parts(of.gates), parts_mut(gradients));
    sweep_in(isa, [dr, dz, dn, dhn, dh], [r, z, n, hn, of.h_before, of.dy], Backward);
}
