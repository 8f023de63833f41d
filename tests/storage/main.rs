//! Networks in files: names, what loading finds, damaged files, and a head that is replaced.

mod files;
mod loading;

use nn::random::Random;
use nn::storage::SafeTensors;
use nn::{Error, Layer, Network, Parameters, Path, Store, Value, network};
use std::path::PathBuf;

network! {
    /// Every kind of line that has something to save.
    struct Everything: [12] -> [5] {
        #[name = "backbone.0"]
        stem: Dense(8, bias = false),
        norm: BatchNorm1d,
        slope: PRelu,
        #[name = "layer1"]
        blocks: [Block; 2],
        block: Residual {
            #[name = "in"]
            inner: LayerNorm,
            deep: Residual { fc: Dense(8) + Tanh },
        },
        first: Dense(8) + Relu,
        again: same_as first,
        single: Block,
        drop: Dropout(0.5),
        #[name = "fc"]
        head: Dense(5),
    }

    struct Block: [8] -> [8] {
        body: Residual {
            #[name = "conv1"]
            up: Dense(16) + Gelu,
            down: Dense(8),
        },
        out: Dense(8),
    }

    struct Heads: (x: [4], more: [3]) -> (class: [3], value: [1]) {
        both: Concat from (x, more),
        features: Dense(6) + Relu,
        class: Dense(3) from features,
        value: Dense(1) from features,
    }

    /// What an older version of a program has saved.
    struct Older: [12] -> [10] {
        stem: Dense(16) + Relu,
        blocks: [Narrow; 2],
        head: Dense(10),
    }

    /// Other classes, one block more, another name.
    struct Newer: [12] -> [4] {
        stem: Dense(16) + Relu,
        blocks: [Narrow; 3],
        normed: LayerNorm,
        head: Dense(4),
    }

    struct Narrow: [16] -> [16] { body: Residual { fc: Dense(16) + Tanh } }

    /// `tests/reference/storage/small.safetensors`, which PyTorch has written.
    struct Small: [3] -> [2] {
        hidden: Dense(2),
        #[name = "norm"]
        normed: BatchNorm1d,
    }
}

/// A file that is removed in the end.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("nn-storage-{name}-{}.safetensors", std::process::id())))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Random values in every tensor, running statistics too.
fn peculiar<N: Layer + Default>(seed: u64) -> N {
    let (mut net, mut random) = (N::default(), Random::new(seed, "peculiar"));
    net.tensors_mut(&Path::ROOT, &mut |_, _, tensor| {
        tensor.values_mut().fill_with(|| 0.2 + random.uniform() as f32);
    });
    net
}

/// Every tensor's name and bits.
fn bits<N: Parameters>(net: &N) -> Vec<(String, Vec<u32>)> {
    let mut all = Vec::new();
    net.tensors(&Path::ROOT, &mut |path, _, tensor| {
        all.push((path.to_string(), tensor.to_vec().iter().map(|value| value.to_bits()).collect()));
    });
    all
}

/// That a network gives the same as another for the same input.
fn same_predictions<N: Layer>(a: &N, b: &N) {
    let (mut x, mut random) = (N::In::zeroed(5), Random::new(1, "input"));
    N::In::each_part_mut(N::In::borrow_mut(&mut x), &mut |_, part| part.fill_with(|| random.normal() as f32));
    let predict = |net: &N| {
        let (y, mut all) = (net.predict(N::In::borrow(&x)), Vec::new());
        N::Out::each_part(N::Out::borrow(&y), &mut |_, part| all.extend_from_slice(part));
        all
    };
    assert_eq!(predict(a), predict(b));
}
