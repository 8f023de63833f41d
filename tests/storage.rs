//! Networks in files: names, what loading finds, damaged files, and a head that is replaced.

use nn::random::Random;
use nn::storage::{Mode, SafeTensors, load_bytes, shapes};
use nn::{Batch, Error, Layer, Network, Parameters, Path, Store, Value, network};
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

#[test]
fn what_is_saved_is_what_is_loaded() {
    let file = Temporary::new("same");
    let net = peculiar::<Everything>(1);
    net.save(&file.0).unwrap();
    let loaded = Everything::load(&file.0).unwrap();
    assert_eq!(bits(&loaded), bits(&net));
    same_predictions(&loaded, &net);

    let heads = peculiar::<Heads>(2);
    heads.save(&file.0).unwrap();
    let loaded = Heads::load(&file.0).unwrap();
    assert_eq!(bits(&loaded), bits(&heads));
    same_predictions(&loaded, &heads);

    // In memory, into a network that is there.
    let mut other = Everything::seeded(9);
    other.load_bytes(&net.to_bytes().unwrap()).unwrap();
    same_predictions(&other, &net);
}

#[test]
fn files_have_the_names_of_lines_or_those_that_attributes_give() {
    let expected = [
        ("backbone.0.weight", vec![8, 12]),
        ("norm.weight", vec![8]),
        ("norm.bias", vec![8]),
        ("norm.running_mean", vec![8]),
        ("norm.running_var", vec![8]),
        ("slope.weight", vec![8]),
        ("layer1.0.body.conv1.weight", vec![16, 8]),
        ("layer1.0.body.conv1.bias", vec![16]),
        ("layer1.0.body.down.weight", vec![8, 16]),
        ("layer1.0.body.down.bias", vec![8]),
        ("layer1.0.out.weight", vec![8, 8]),
        ("layer1.0.out.bias", vec![8]),
        ("layer1.1.body.conv1.weight", vec![16, 8]),
        ("layer1.1.body.conv1.bias", vec![16]),
        ("layer1.1.body.down.weight", vec![8, 16]),
        ("layer1.1.body.down.bias", vec![8]),
        ("layer1.1.out.weight", vec![8, 8]),
        ("layer1.1.out.bias", vec![8]),
        ("block.in.weight", vec![8]),
        ("block.in.bias", vec![8]),
        ("block.deep.fc.weight", vec![8, 8]),
        ("block.deep.fc.bias", vec![8]),
        ("first.weight", vec![8, 8]),
        ("first.bias", vec![8]),
        ("single.body.conv1.weight", vec![16, 8]),
        ("single.body.conv1.bias", vec![16]),
        ("single.body.down.weight", vec![8, 16]),
        ("single.body.down.bias", vec![8]),
        ("single.out.weight", vec![8, 8]),
        ("single.out.bias", vec![8]),
        ("fc.weight", vec![5, 8]),
        ("fc.bias", vec![5]),
    ];
    let found: Vec<_> =
        shapes(&Everything::default()).into_iter().map(|(name, shape)| (name, shape.dims().to_vec())).collect();
    assert!(
        found.iter().map(|(name, dims)| (name.as_str(), dims)).eq(expected.iter().map(|(name, dims)| (*name, dims))),
        "{found:#?}"
    );
    let bytes = Everything::default().to_bytes().unwrap();
    let file = SafeTensors::from_bytes(&bytes).unwrap();
    for (name, dims) in &expected {
        assert_eq!(file.shape(name), Some(dims.as_slice()), "{name}");
    }
    assert_eq!(file.names().count(), expected.len());
}

#[test]
fn a_file_that_pytorch_has_written() {
    let path = format!("{}/tests/reference/storage/small.safetensors", env!("CARGO_MANIFEST_DIR"));
    let net = Small::load(&path).unwrap();
    let y = net.predict(&[[1.0, 2.0, 3.0]]);
    // Tenths in the order of the file: y = γ (x · Wᵀ + b − mean) / √(variance + ε) + β.
    let weight = [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]];
    for j in 0..2 {
        let tenth = |first: usize| (first + j) as f64 / 10.0;
        let z: f64 = tenth(7) + (0..3).map(|i| weight[j][i] * (i + 1) as f64).sum::<f64>();
        let expected = tenth(9) * (z - tenth(13)) / (tenth(15) + 1e-5).sqrt() + tenth(11);
        assert!((f64::from(y[0][j]) - expected).abs() < 1e-6, "{} {expected}", y[0][j]);
    }
}

#[test]
fn a_head_for_other_classes_on_an_older_body() {
    let file = Temporary::new("older");
    let older = peculiar::<Older>(3);
    older.save(&file.0).unwrap();

    let mut newer = Newer::seeded(4);
    let (fresh, saved) = (bits(&newer), bits(&older));
    let report = newer.load_partial(&file.0).unwrap();
    assert_eq!(
        report.loaded,
        [
            "stem.weight",
            "stem.bias",
            "blocks.0.body.fc.weight",
            "blocks.0.body.fc.bias",
            "blocks.1.body.fc.weight",
            "blocks.1.body.fc.bias"
        ]
    );
    assert_eq!(report.missing, ["blocks.2.body.fc.weight", "blocks.2.body.fc.bias", "normed.weight", "normed.bias"]);
    assert!(report.unexpected.is_empty() && report.mis_typed.is_empty() && !report.is_complete());
    let mis_shaped: Vec<_> =
        report.mis_shaped.iter().map(|it| (it.name.as_str(), it.file.clone(), it.network.dims().to_vec())).collect();
    assert_eq!(mis_shaped, [("head.weight", vec![10, 16], vec![4, 16]), ("head.bias", vec![10], vec![4])]);
    let text = report.to_string();
    for line in [
        "6 of the network's 12 tensors are in the file",
        "missing in the file: `normed.weight` [16]",
        "`head.weight` is [10, 16] in the file, [4, 16] in the network",
    ] {
        assert!(text.contains(line), "no `{line}` in\n{text}");
    }
    for ((name, values), (_, fresh)) in bits(&newer).iter().zip(&fresh) {
        match saved.iter().find(|(other, _)| other == name) {
            Some((_, saved)) if report.loaded.contains(name) => assert_eq!(values, saved, "{name}"),
            _ => assert_eq!(values, fresh, "`{name}` keeps its initial values"),
        }
    }

    // Strictly, it is an error with the same report, and nothing is loaded.
    let Err(Error::Mismatch { report: strict, .. }) = Newer::load(&file.0) else { panic!("a mismatch") };
    assert_eq!(*strict, report);
    let mut newer = Newer::seeded(4);
    let error = newer.load_from(&file.0).unwrap_err().to_string();
    assert!(
        error.contains("older") && error.contains("`head.bias` is [10] in the file, [4] in the network"),
        "{error}"
    );
    assert_eq!(bits(&newer), fresh);
}

#[test]
fn damaged_files_leave_the_network_as_it_was() {
    let bytes = peculiar::<Everything>(5).to_bytes().unwrap();
    let mut net = Everything::seeded(6);
    let before = bits(&net);
    let mut random = Random::new(7, "damage");
    let (mut refused, tries) = (0, 240);
    for attempt in 0..tries {
        let mut damaged = bytes.clone();
        match attempt % 3 {
            0 => damaged.truncate(random.below(bytes.len())),
            1 => damaged[random.below(bytes.len())] ^= 1 << random.below(8),
            // Most of a file is numbers; its head is what decides.
            _ => damaged[random.below(bytes.len().min(3000))] = random.below(256) as u8,
        }
        for mode in [Mode::Strict, Mode::Partial] {
            match load_bytes(&mut net, &damaged, mode) {
                Err(error) => {
                    assert!(error.to_string().contains("<in memory>"), "{error}");
                    assert_eq!(bits(&net), before, "{error}");
                    refused += 1;
                }
                // Bytes that say nothing (metadata of others), or the same byte again.
                Ok(report) => {
                    let loaded = bits(&net);
                    assert!(report.loaded.iter().all(|name| is_saved(&bytes, name, &loaded)), "attempt {attempt}");
                    net = Everything::seeded(6);
                }
            }
        }
    }
    assert!(refused > 2 * tries * 9 / 10, "{refused} of {} were refused", 2 * tries);
}

/// That the tensor of that name is the one in the file that was not damaged.
fn is_saved(bytes: &[u8], name: &str, loaded: &[(String, Vec<u32>)]) -> bool {
    let saved = SafeTensors::from_bytes(bytes).unwrap().floats(name).unwrap();
    let loaded = &loaded.iter().find(|(other, _)| other == name).unwrap().1;
    saved.iter().map(|value| value.to_bits()).eq(loaded.iter().copied())
}

#[test]
fn files_of_other_networks_are_refused_in_words() {
    let file = Temporary::new("other");
    peculiar::<Heads>(8).save(&file.0).unwrap();
    let error = Small::load(&file.0).err().unwrap().to_string();
    for part in [
        "0 of the network's 6 tensors are in the file",
        "missing in the file: `hidden.weight` [2, 3]",
        "not in the network: `features.bias`",
    ] {
        assert!(error.contains(part), "no `{part}` in\n{error}");
    }
    let error = Small::load("no/such/file.safetensors").err().unwrap();
    assert!(matches!(&error, Error::Io { .. }) && error.to_string().contains("no/such/file.safetensors"), "{error}");
}

#[test]
fn saving_is_all_or_nothing() {
    let file = Temporary::new("kept");
    let net = peculiar::<Small>(9);
    net.save(&file.0).unwrap();
    // A folder that is not there.
    let error = net.save(file.0.join("below")).unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    assert_eq!(bits(&Small::load(&file.0).unwrap()), bits(&net));

    // The larger file takes the place of the smaller one as a whole.
    peculiar::<Everything>(9).save(&file.0).unwrap();
    assert_eq!(bits(&Everything::load(&file.0).unwrap()), bits(&peculiar::<Everything>(9)));
}

#[test]
fn a_network_loaded_into_service() {
    let net = peculiar::<Older>(10);
    let bytes = net.to_bytes().unwrap();
    let mut loaded = Older::default();
    loaded.load_bytes(&bytes).unwrap();
    let x = Batch::from_samples(&[[0.25_f32; 12]; 3]);
    let expected = net.predict(&x);
    let mut prepared = loaded.prepare(2);
    let close = |a: &f32, b: &f32| (a - b).abs() <= 1e-5 * b.abs().max(1.0);
    assert!(prepared.predict(&x).as_flattened().iter().zip(expected.flat()).all(|(a, b)| close(a, b)));
}
