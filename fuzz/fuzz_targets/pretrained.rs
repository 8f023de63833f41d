//! PyTorch's and NumPy's files: read, every tensor unpacked, and loaded into a network that must be as it was if that fails.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nn_core::storage::{Mode, Rename, Weights};
use nn_core::{Layout, Shape, Tensor, parameters};

/// The parameters of `only.pt`, `several.pt` and `keras.npz` in `tests/reference/pretrained`.
#[derive(Clone, PartialEq)]
struct Layer {
    weight: Tensor,
    bias: Tensor,
}
parameters! { impl[] Layer, LayerGrads { weight, bias }, count = 8 }

fn layer() -> Layer {
    Layer { weight: Tensor::zeros(Shape::new(&[2, 3]), Layout::Transposed), bias: Tensor::filled(Shape::new(&[2]), 2.0) }
}

fuzz_target!(|bytes: &[u8]| {
    let rules = Rename::new().strip_prefix("module.").strip_prefix("hidden.").pattern("dense/kernel", "weight");
    for weights in [Weights::from_bytes(bytes), Weights::part_from_bytes(bytes, "ema.net")] {
        let Ok(weights) = weights else { continue };
        for name in weights.names() {
            let (shape, floats) = (weights.shape(name).unwrap(), weights.floats(name));
            assert!(floats.is_err() || floats.is_ok_and(|floats| floats.len() == shape.iter().product::<usize>()));
        }
        let Ok(weights) = weights.rename(&rules) else { continue };
        for mode in [Mode::Strict, Mode::Partial] {
            let mut net = layer();
            if weights.load_into(&mut net, mode).is_err() {
                assert!(net == layer());
            }
        }
    }
});
