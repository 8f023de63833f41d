//! Adapters alone, as PEFT has them.

use crate::{Adapted, Plain, Stabilized};
use nn::init::Init;
use nn::random::Random;
use nn::storage::SafeTensors;
use nn::{Adapters, Batch, Error, Layer, Network, Path, Sample, Store};
use std::fs;
use std::path::PathBuf;

pub type Image = [[[f32; 8]; 8]; 3];

pub fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/reference/peft").join(name)
}

/// A folder of the test's own.
pub fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("peft").join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn floats<S: Sample<Element = f32>>(file: &SafeTensors<'_>, name: &str) -> Batch<S> {
    Batch::from_flat(&file.floats(name).unwrap()).unwrap()
}

fn assert_close(found: &[f32], expected: &[f32], what: &str) {
    let largest = expected.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
    let off = found.iter().zip(expected).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs())) / largest;
    assert!(found.len() == expected.len() && off <= 1e-5, "{what}: off by {off:e}");
}

/// A network with the base weights of a case and the adapters that PEFT has saved gives what PEFT gives.
fn reads<N: Layer<In = Image, Out = [f32; 4]> + Default>(name: &str) {
    let case = SafeTensors::read(fixture(&format!("{name}.safetensors"))).unwrap();
    let mut net = N::default();
    let report = net.load_partial(fixture(&format!("{name}.safetensors"))).unwrap();
    assert!(report.missing.iter().all(|missing| missing.contains(".lora_")), "{report}");
    let x = floats::<Image>(&case, "x");
    assert_close(net.predict(&x).flat(), &case.floats("y_base").unwrap(), &format!("{name} without adapters"));
    net.load_adapters(fixture(name)).unwrap();
    let y = case.floats("y").unwrap();
    assert_close(net.predict(&x).flat(), &y, name);
    net.merge_adapters();
    assert_close(net.predict(&x).flat(), &y, &format!("{name}, merged"));
    let path = folder("merged").join(format!("{name}.safetensors"));
    net.save_merged(&path).unwrap();
    assert_close(Plain::load(&path).unwrap().predict(&x).flat(), &y, &format!("{name}, without adapters"));
}

#[test]
fn peft_wrote_these() {
    reads::<Adapted>("patterns");
    reads::<Stabilized>("stabilized");
}

/// Writes what `generate.py FOLDER` reads: adapters and their layers, a merged file, inputs and outputs.
fn written<N: Layer<In = Image, Out = [f32; 4]> + Default>(name: &str, whole: &[&str]) -> (N, PathBuf) {
    let (mut net, folder) = (N::default(), folder("written"));
    net.reset(7);
    let case = folder.join(format!("{name}.safetensors"));
    let mut random = Random::new(3, name);
    let mut x = Batch::<Image>::zeroed(5);
    x.flat_mut().fill_with(|| random.normal() as f32);
    let before: Vec<(String, Vec<f32>)> =
        tensors(&net).into_iter().filter(|(name, _)| !name.contains(".lora_")).collect();
    net.tensors_mut(&Path::ROOT, &mut |path, _, tensor| {
        let path = path.to_string();
        if path.contains(".lora_") || whole.iter().any(|name| path.starts_with(name)) {
            Init::Normal { mean: 0.0, std: 0.2 }.fill(tensor, &mut random);
        }
    });
    net.save_adapters_with(folder.join(name), whole).unwrap();
    net.save_merged(folder.join(format!("{name}.merged.safetensors"))).unwrap();
    let y = net.predict(&x);
    let shapes: Vec<(String, Vec<usize>)> =
        nn::storage::shapes(&net).into_iter().map(|(n, s)| (n, s.dims().to_vec())).collect();
    let mut all: Vec<(String, Vec<usize>, Vec<f32>)> = (before.into_iter())
        .map(|(name, values)| {
            let shape = shapes.iter().find(|(other, _)| *other == name).unwrap().1.clone();
            (name, shape, values)
        })
        .collect();
    all.push(("x".to_owned(), vec![5, 3, 8, 8], x.flat().to_vec()));
    all.push(("y".to_owned(), vec![5, 4], y.flat().to_vec()));
    fs::write(&case, file(&all)).unwrap();
    (net, folder.join(name))
}

fn tensors<N: Layer>(net: &N) -> Vec<(String, Vec<f32>)> {
    let mut all = Vec::new();
    net.tensors(&Path::ROOT, &mut |path, _, tensor| all.push((path.to_string(), tensor.to_vec())));
    all
}

/// A file of safetensors from names, shapes and values.
fn file(tensors: &[(String, Vec<usize>, Vec<f32>)]) -> Vec<u8> {
    let (mut header, mut data) = (Vec::new(), Vec::new());
    for (name, shape, values) in tensors {
        let start = data.len();
        data.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        header.push(format!(r#""{name}":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{start},{}]}}"#, data.len()));
    }
    let header = format!("{{{}}}", header.join(","));
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &data].concat()
}

#[test]
fn written_adapters_have_pefts_names_and_are_read_again() {
    let (net, folder) = written::<Adapted>("ours", &["head"]);
    let file = SafeTensors::read(folder.join("adapter_model.safetensors")).unwrap();
    let theirs = SafeTensors::read(fixture("patterns/adapter_model.safetensors")).unwrap();
    let both = [&file, &theirs]
        .map(|file| file.names().map(|name| (name.to_owned(), file.shape(name).unwrap().to_vec())).collect::<Vec<_>>());
    assert_eq!(both[0], both[1]);
    let config = fs::read_to_string(folder.join("adapter_config.json")).unwrap();
    let config: serde_json::Value = serde_json::from_str(&config).unwrap();
    assert_eq!(config["peft_type"], "LORA");
    assert_eq!((&config["r"], &config["lora_alpha"]), (&4.into(), &8.into()));
    assert_eq!(config["lora_dropout"], serde_json::json!(0.1));
    assert_eq!(config["target_modules"], serde_json::json!(["conv1", "conv2", "fc"]));
    assert_eq!(config["rank_pattern"]["conv2"], 2);
    assert_eq!(config["alpha_pattern"]["fc"], 4);
    assert_eq!(config["modules_to_save"], serde_json::json!(["head"]));

    let mut other = Adapted::seeded(7);
    other.load_adapters(&folder).unwrap();
    assert_eq!(tensors(&other), tensors(&net));
    written::<Stabilized>("one", &[]);
}

/// Every damage is an error, and the network is as it was.
fn refused(what: &str, expected: &str, damage: impl FnOnce(&std::path::Path)) {
    let folder = folder(&format!("refused-{}", what.replace(' ', "-")));
    for name in ["adapter_config.json", "adapter_model.safetensors"] {
        fs::copy(fixture("patterns").join(name), folder.join(name)).unwrap();
    }
    damage(&folder);
    let mut net = Adapted::seeded(1);
    let before = tensors(&net);
    let error = net.load_adapters(&folder).expect_err(what).to_string();
    assert!(error.contains(expected), "{what}: {error}");
    assert_eq!(tensors(&net), before, "{what}");
}

fn config(folder: &std::path::Path, from: &str, to: &str) {
    let path = folder.join("adapter_config.json");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

/// For some initial values PEFT takes B · A off the weights of the model, which its files do not have.
#[test]
fn adapters_of_changed_weights() {
    const INIT: &str = "\"init_lora_weights\": true";
    for init in ["pissa", "pissa_niter_4", "olora", "corda", "loftq", "lora_ga", "of_tomorrow", "Gaussian"] {
        refused("changed weights", &format!("`init_lora_weights` is \"{init}\""), |folder| {
            config(folder, INIT, &format!("\"init_lora_weights\": \"{init}\""));
        });
    }
    refused("changed weights", "path_initial_model_for_weight_conversion", |folder| {
        config(folder, INIT, "\"init_lora_weights\": 1");
    });
    let text = fs::read_to_string(fixture("patterns/adapter_config.json")).unwrap();
    let tensors = fs::read(fixture("patterns/adapter_model.safetensors")).unwrap();
    assert!(text.contains(INIT));
    for init in ["null", "true", "false", "\"gaussian\"", "\"eva\"", "\"orthogonal\""] {
        let text = text.replace(INIT, &format!("\"init_lora_weights\": {init}"));
        Adapted::seeded(1).load_adapters_bytes(text.as_bytes(), &tensors).expect(init);
    }
}

#[test]
fn foreign_and_damaged_adapters() {
    refused("no configuration", "adapter_config.json", |folder| {
        fs::remove_file(folder.join("adapter_config.json")).unwrap()
    });
    refused("no tensors", "adapter_model.safetensors", |folder| {
        fs::remove_file(folder.join("adapter_model.safetensors")).unwrap();
    });
    refused("another method", "its `peft_type` is \"IA3\"", |folder| config(folder, "\"LORA\"", "\"IA3\""));
    refused("dora", "`use_dora` is set", |folder| config(folder, "\"use_dora\": false", "\"use_dora\": true"));
    for bias in ["\"all\"", "true", "[]"] {
        refused("biases", &format!("`bias` is {bias}"), |folder| {
            config(folder, "\"bias\": \"none\"", &format!("\"bias\": {bias}"));
        });
    }
    refused(
        "another rank",
        "the adapter of `conv1` has rank 4 in the network and 8 in the file; write `#[lora(rank = 8)]`",
        |folder| {
            config(folder, "\"r\": 4", "\"r\": 8");
        },
    );
    refused("no rank", "it has no rank", |folder| config(folder, "\"r\": 4", "\"r\": -4"));
    refused("an infinite alpha", "alpha is a number", |folder| {
        config(folder, "\"lora_alpha\": 8", "\"lora_alpha\": 1e300")
    });
    refused("an odd pattern", "which is none", |folder| config(folder, "\"conv2\": 2", "\"((\": 2"));
    refused("a long pattern", "which is none", |folder| config(folder, "\"conv2\": 2", "\"(a{1000}){1000}\": 2"));
    refused("no json", "it is no JSON", |folder| config(folder, "\"r\": 4", "\"r\" 4"));
    refused("deep json", "it is no JSON", |folder| {
        fs::write(folder.join("adapter_config.json"), "[".repeat(100_000)).unwrap();
    });
    refused("a huge configuration", "too many for a configuration", |folder| {
        fs::write(folder.join("adapter_config.json"), " ".repeat(2 << 20)).unwrap();
    });
    refused("the head left out", "not in the network: `base_model.model.head.bias`", |folder| {
        let path = folder.join("adapter_config.json");
        let mut config: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        config["modules_to_save"] = serde_json::Value::Null;
        fs::write(path, config.to_string()).unwrap();
    });
    refused("wrong shapes", "of another shape: `base_model.model.fc.lora_B.weight` is [4, 16]", |folder| {
        let path = folder.join("adapter_model.safetensors");
        let bytes = fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let at = text.find("[16,4]").unwrap();
        assert!(text.find("fc.lora_B").unwrap() < at);
        fs::write(path, [&bytes[..at], b"[4,16]", &bytes[at + 6..]].concat()).unwrap();
    });
    for cut in [0, 7, 8, 100, 3000] {
        refused("truncated", "is not a usable safetensors file", |folder| {
            let path = folder.join("adapter_model.safetensors");
            fs::write(&path, &fs::read(&path).unwrap()[..cut]).unwrap();
        });
    }
}

/// Bytes changed, taken out, doubled and moved: an answer each time, and a network that is whole.
#[test]
fn random_damage_never_panics_and_never_half_loads() {
    let config = fs::read(fixture("patterns/adapter_config.json")).unwrap();
    let tensors_of = |name: &str| fs::read(fixture(name)).unwrap();
    let files = [tensors_of("patterns/adapter_model.safetensors"), tensors_of("stabilized/adapter_model.bin")];
    let (mut random, mut refused) = (Random::new(1, "damage"), 0);
    let mut damaged = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        for _ in 0..1 + random.below(3) {
            let (at, other) = (random.below(bytes.len()), random.below(bytes.len()));
            match random.below(5) {
                0 => bytes[at] ^= 1 << random.below(8),
                1 => bytes[at] = b"0919-\"{}[],e(^"[random.below(14)],
                2 => drop(bytes.drain(at.min(other)..at.max(other).min(at.min(other) + 8))),
                3 => bytes.insert(at, random.bits() as u8),
                _ => bytes.swap(at, other),
            }
        }
        bytes
    };
    let mut net = Adapted::seeded(1);
    let before = tensors(&net);
    for round in 0..1500 {
        let file = &files[usize::from(round % 4 == 3)];
        let (config, file) = match round % 3 {
            0 => (damaged(&config), file.clone()),
            1 => (config.clone(), damaged(file)),
            _ => (damaged(&config), damaged(file)),
        };
        match net.load_adapters_bytes(&config, &file) {
            Ok(()) => net.reset(1),
            Err(_) => refused += 1,
        }
        if round % 100 == 0 || round % 3 == 1 {
            assert!(tensors(&net) == before, "round {round}");
        }
    }
    assert!(refused > 700, "{refused} of 1500 were refused");
}

#[test]
fn networks_without_adapters_say_so() {
    let mut net = Plain::seeded(1);
    let error = net.load_adapters(fixture("patterns")).unwrap_err().to_string();
    assert!(error.contains("the network has no low-rank adapters; write `#[lora(rank = 8)]`"), "{error}");
    assert!(matches!(net.save_adapters(folder("none")), Err(Error::Argument { .. })));
    let error = Adapted::seeded(1).save_adapters_with(folder("none"), &["haed"]).unwrap_err().to_string();
    assert!(error.contains("there is no layer `haed` to save whole"), "{error}");
}
