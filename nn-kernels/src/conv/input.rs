//! The gradient of a convolution's input, which is what a transposed convolution gives.

use super::geometry::Conv;
use super::{Operands, run, transpose, winograd};
use crate::Team;
use crate::path::Isa;
use crate::team::SendPointer;

/// The gradient of the input: `dx = dy ∗ w` backwards. `scratch` has room for [`Conv::input_scratch`] floats.
///
/// # Panics
///
/// When the sizes do not fit each other.
pub fn conv_backward_input(team: &Team, conv: &Conv, dy: &[f32], w: &[f32], scratch: &mut [f32], dx: &mut [f32]) {
    conv_transposed(team, conv, dy, w, None, scratch, dx);
}

/// [`conv_backward_input`] as a layer's output: the transposed convolution, with a bias for each channel of it.
///
/// # Panics
///
/// When the sizes do not fit each other.
pub fn conv_transposed(
    team: &Team,
    conv: &Conv,
    dy: &[f32],
    w: &[f32],
    bias: Option<&[f32]>,
    scratch: &mut [f32],
    dx: &mut [f32],
) {
    let n = conv.samples(dx.len(), dy.len());
    assert!(bias.is_none_or(|bias| bias.len() == conv.input[2]), "a bias has one value for each channel");
    let bias = SendPointer(bias.map_or(std::ptr::null(), <[f32]>::as_ptr).cast_mut());
    assert!(w.len() == conv.weight_len() && scratch.len() >= conv.input_scratch(), "the weights of {conv:?}");
    if conv.is_winograd() {
        let u = &mut scratch[..conv.transformed_len()];
        winograd::transform_weights(team, conv, w, true, u);
        let finish = winograd::Finish { bias: bias.get().cast_const(), relu: false, y: dx.as_mut_ptr(), pool: None };
        // SAFETY: the sizes were checked.
        return unsafe { winograd::run(team, &conv.tiles_backward(), n, dy, u, &finish) };
    }
    let (isa, scratch) = (Isa::current(), &mut scratch[..w.len()]);
    let (depth, out) = (conv.input[2] / conv.groups, conv.output[2]);
    if !conv.is_depthwise() {
        // [tap, in, out] becomes [tap, out, in].
        team.chunks_mut(scratch, depth * out, |tap, to| transpose(&w[tap * depth * out..], depth, out, to));
    }
    let w = if conv.is_depthwise() { w } else { scratch };
    let (columns, group) = match conv.is_depthwise() {
        true => (out, 1),
        false => (depth, out / conv.groups * depth),
    };
    let operands = Operands { x: dy, w, y: SendPointer(dx.as_mut_ptr()), columns, group };
    for phase in 0..conv.phases() {
        let pass = conv.backward(phase);
        if pass.size.contains(&0) {
            continue;
        }
        run(team, isa, conv, &pass, n, &operands, bias, false, &|_, _, _| ());
    }
}
