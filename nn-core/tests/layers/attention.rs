//! Attention: finite differences, and what it starts with.

use crate::gradients::checked;
use nn_core::Layer;
use nn_core::layers::MultiHeadAttention;

#[test]
fn gradients() {
    checked("one position", MultiHeadAttention::<[[f32; 6]; 1], 2>::new());
    checked("one head", MultiHeadAttention::<[[f32; 5]; 4], 1>::new());
    checked("a head for each feature", MultiHeadAttention::<[[f32; 4]; 6], 4>::new());
    checked("causal", MultiHeadAttention::<[[f32; 8]; 5], 2, true>::new());
    checked("causal, more than one block", MultiHeadAttention::<[[f32; 4]; 37], 2, true>::new());
    checked("no bias", MultiHeadAttention::<[[f32; 6]; 3], 3, false, false>::new());
}

#[test]
fn starts_as_in_pytorch() {
    let mut layer = MultiHeadAttention::<[[f32; 96]; 4], 4>::new();
    assert!(layer.in_proj_weight.values().iter().all(|&w| w == 0.0), "new does not draw");
    layer.reset(1);
    // √(6 / (96 + 3 · 96)) and 1/√96.
    for (tensor, bound) in [(&layer.in_proj_weight, 0.125), (&layer.out_proj_weight, 0.102_063)] {
        let most = tensor.values().iter().fold(0.0_f32, |most, w| most.max(w.abs()));
        assert!(most <= bound && most > 0.99 * bound, "{most}");
    }
    assert!(layer.in_proj_bias.values().iter().chain(layer.out_proj_bias.values()).all(|&b| b == 0.0));
}
