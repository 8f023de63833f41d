//! Adapters of PEFT: a configuration, a byte 0, the tensors. What is loaded is written and read again; after an error all is as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nn_core::layers::{Dense, Lora};
use nn_core::lora::Adapter;
use nn_core::{Adapters, Tensor};

type Adapted = Lora<Dense<[f32; 3], [f32; 2]>, 1>;

fn state(net: &Adapted) -> (Vec<Tensor>, f32) {
    (net.factors().map(Tensor::clone).to_vec(), net.alpha())
}

fuzz_target!(|bytes: &[u8]| {
    let at = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    let (config, tensors) = (&bytes[..at], bytes.get(at + 1..).unwrap_or_default());
    // Tensors that fit, so that configurations are read to their end, and the ones given.
    let fitting = include_bytes!("../adapter.safetensors");
    for tensors in [tensors, fitting] {
        let mut net = Adapted::default();
        let before = state(&net);
        match net.load_adapters_bytes(config, tensors) {
            Ok(()) => assert!(net.alpha().is_finite()),
            Err(error) => {
                assert!(!error.to_string().is_empty());
                assert!(state(&net) == before);
            }
        }
    }
});
