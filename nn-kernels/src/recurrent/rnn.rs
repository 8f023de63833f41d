//! The simple recurrence: `h = tanh(x·W_ih + b_ih + h·W_hh + b_hh)`. (Elman, 1990)

use super::cell::Step;
use crate::lanes::{Elementwise, Floats, Lanes, sweep_in};
use crate::math::tanh;
use crate::path::Isa;

#[derive(Clone, Copy)]
struct Forward;

impl Elementwise<1, 2> for Forward {
    #[inline(always)]
    fn update<S: Lanes>(self, _: [Floats<S>; 1], [a, b]: [Floats<S>; 2]) -> [Floats<S>; 1] {
        [tanh(a + b)]
    }
}

/// h from the two projections.
pub(super) fn step(isa: Isa, input: &[f32], state: &[f32], h: &mut [f32]) {
    sweep_in(isa, [h], [input, state], Forward);
}

#[derive(Clone, Copy)]
struct Backward;

impl Elementwise<1, 3> for Backward {
    #[inline(always)]
    fn update<S: Lanes>(self, _: [Floats<S>; 1], [h, dy, dh]: [Floats<S>; 3]) -> [Floats<S>; 1] {
        [(dy + dh) * (-h).mul_add(h, 1.0)]
    }
}

/// The gradient of the sum of the projections.
pub(super) fn back(isa: Isa, of: &Step<'_>, dh: &[f32], gradient: &mut [f32]) {
    sweep_in(isa, [gradient], [of.h, of.dy, dh], Backward);
}
