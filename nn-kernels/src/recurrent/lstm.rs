//! Long short-term memory: `c = σ(f) · c + σ(i) · tanh(g)`, `h = σ(o) · tanh(c)`. (Hochreiter and Schmidhuber, 1997; the gate f: Gers,
//! Schmidhuber and Cummins, 2000)

use super::cell::{Step, parts, parts_mut};
use crate::lanes::{Elementwise, Floats, Lanes, sweep_in};
use crate::math::{sigmoid, tanh};
use crate::path::Isa;

#[derive(Clone, Copy)]
struct Forward;

impl Elementwise<6, 4> for Forward {
    #[inline(always)]
    fn update<S: Lanes>(self, [i, f, g, o, c, _]: [Floats<S>; 6], [hi, hf, hg, ho]: [Floats<S>; 4]) -> [Floats<S>; 6] {
        let (i, f, g, o) = (sigmoid(i + hi), sigmoid(f + hf), tanh(g + hg), sigmoid(o + ho));
        let c = f.mul_add(c, i * g);
        [i, f, g, o, c, o * tanh(c)]
    }
}

/// Gates, c and h from the projections: that of the input lies where the gates go.
pub(super) fn step(isa: Isa, gates: &mut [f32], state: &[f32], h: &mut [f32], c: &mut [f32]) {
    let [i, f, g, o] = parts_mut(gates);
    sweep_in(isa, [i, f, g, o, c, h], parts::<4>(state), Forward);
}

#[derive(Clone, Copy)]
struct Backward;

impl Elementwise<5, 8> for Backward {
    #[inline(always)]
    fn update<S: Lanes>(
        self,
        [_, _, _, _, dc]: [Floats<S>; 5],
        [i, f, g, o, c, before, dy, dh]: [Floats<S>; 8],
    ) -> [Floats<S>; 5] {
        let (dh, t) = (dy + dh, tanh(c));
        let dc = (dh * o).mul_add((-t).mul_add(t, 1.0), dc);
        [
            dc * g * (i * (1.0 - i)),
            dc * before * (f * (1.0 - f)),
            dc * i * (-g).mul_add(g, 1.0),
            dh * t * (o * (1.0 - o)),
            dc * f,
        ]
    }
}

/// The gradients of the gates' sums, and in `dc` that of c in the step before.
pub(super) fn back(isa: Isa, of: &Step<'_>, dh: &[f32], dc: &mut [f32], gradients: &mut [f32]) {
    let ([i, f, g, o], [di, df, dg, d_o]) = (parts(of.gates), parts_mut(gradients));
    sweep_in(isa, [di, df, dg, d_o, dc], [i, f, g, o, of.c, of.c_before, of.dy, dh], Backward);
}
