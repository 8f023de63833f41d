//! Files of weights: read, and load into a network that must be as it was if that fails.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nn_core::storage::{Mode, SafeTensors, load_bytes};
use nn_core::{Layout, Shape, Tensor, parameters};

/// The parameters of the files in `tests/reference/storage`, in one layer.
#[derive(Clone, PartialEq)]
struct Layer {
    weight: Tensor,
    bias: Tensor,
}
parameters! { impl[] Layer, LayerGrads { weight, bias }, count = 8 }

fn layer() -> Layer {
    let mut weight = Tensor::zeros(Shape::new(&[2, 3]), Layout::Transposed);
    weight.values_mut().fill(1.0);
    Layer { weight, bias: Tensor::filled(Shape::new(&[2]), 2.0) }
}

fuzz_target!(|bytes: &[u8]| {
    for mode in [Mode::Strict, Mode::Partial] {
        let mut net = layer();
        match load_bytes(&mut net, bytes, mode) {
            Ok(report) => assert!(mode == Mode::Partial || report.is_complete()),
            Err(error) => {
                assert!(net == layer());
                assert!(!error.to_string().is_empty());
            }
        }
    }
    if let Ok(file) = SafeTensors::from_bytes(bytes) {
        for name in file.names() {
            let (shape, floats) = (file.shape(name).unwrap(), file.floats(name));
            assert!(floats.is_err() || floats.is_ok_and(|floats| floats.len() == shape.iter().product::<usize>()));
        }
    }
});
