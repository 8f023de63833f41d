//! `#[weights]`: the file is checked when this compiles, and `pretrained` loads it.

use nn::storage::{Mode, Rename, SafeTensors, Weights, load_into, to_bytes};
use nn::{Network, Parameters, Path, network};

network! {
    #[weights("tests/ui/weights/iris.safetensors")]
    pub struct Iris: [4] -> [3] {
        hidden: Dense(8) + Relu,
        logits: Dense(3),
    }

    #[weights("tests/ui/weights/prefixed.safetensors", strip_prefix("model."), embed)]
    pub struct Embedded: [4] -> [3] {
        hidden: Dense(8) + Relu,
        logits: Dense(3),
    }

    /// Of the same file without the head; nested, frozen, under another name.
    #[weights("tests/ui/weights/iris.safetensors", leave_out("logits.*"), pattern("hidden.*", "body.1.fc.*"))]
    pub struct Features: [4] -> [8] {
        #[frozen]
        #[name = "body.1"]
        body: Body,
    }

    pub struct Body: [4] -> [8] { fc: Dense(8) + Relu }

    /// By a regular expression that turns names about; what it leaves is renamed by a pattern.
    #[weights(
        "tests/ui/weights/iris.safetensors",
        regex(r"^(?<line>hidden|logits)\.(\w+)$", "layers.${line}.0.$2"),
        pattern("layers.*.0.*", "net.*.*")
    )]
    pub struct Renamed: [4] -> [3] {
        #[name = "net"]
        body: Sequential {
            hidden: Dense(8) + Relu,
            logits: Dense(3),
        },
    }

    /// With adapters, which the file does not have: one here, one in a network below, one below something frozen.
    #[weights("tests/ui/weights/iris.safetensors", pattern("hidden.*", "body.1.fc.*"))]
    pub struct Tuned: [4] -> [3] {
        #[name = "body.1"]
        body: TunedBody,
        #[lora(rank = 2, alpha = 4)]
        logits: Dense(3),
    }

    pub struct TunedBody: [4] -> [8] {
        #[lora(rank = 3)]
        fc: Dense(8) + Relu,
    }

    /// What was saved with its adapter.
    #[weights("tests/ui/weights/adapted.safetensors")]
    pub struct Continued: [4] -> [3] {
        #[lora(rank = 2)]
        hidden: Dense(8) + Relu,
        #[lora(rank = 1)]
        logits: Dense(3),
    }
}

#[test]
fn pretrained_networks_have_the_weights_of_their_files() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ui/weights/iris.safetensors");
    let mut expected = Iris::default();
    load_into(&mut expected, file, Mode::Strict).unwrap();
    let x = [[0.5, -1.0, 2.0, 0.25], [1.0, 1.0, -1.0, 0.0]];
    let expected_y = expected.predict(&x);
    assert_eq!(Iris::pretrained().unwrap().predict(&x), expected_y);
    assert_eq!(Embedded::pretrained().unwrap().predict(&x), expected_y);
    assert_eq!(Renamed::pretrained().unwrap().predict(&x), expected_y);
    let features = Features::pretrained().unwrap();
    assert_eq!(features.body.fc.weight.to_vec(), expected.hidden.weight.to_vec());
    assert_eq!(SafeTensors::read(file).unwrap().names().count(), 4);
}

/// The values of A and B of every adapter, under the paths of their layers.
fn adapters<N: Parameters>(net: &N) -> Vec<(String, [Vec<f32>; 2])> {
    let mut found = Vec::new();
    net.adapters(&Path::ROOT, &mut |path, adapter| {
        found.push((path.to_string(), adapter.factors().map(|factor| factor.to_vec())));
    });
    found
}

#[test]
fn adapters_are_not_in_the_file_of_the_network_without_them() {
    let x = [[0.5, -1.0, 2.0, 0.25], [1.0, 1.0, -1.0, 0.0]];
    let plain = Iris::pretrained().unwrap();
    let tuned = Tuned::pretrained().unwrap();
    assert_eq!(tuned.body.fc.base().weight.to_vec(), plain.hidden.weight.to_vec());
    assert_eq!(tuned.predict(&x), plain.predict(&x), "fresh adapters change nothing");
    let fresh = adapters(&tuned);
    assert_eq!(fresh.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["body.1.fc", "logits"]);
    assert!(fresh.iter().all(|(_, [a, b])| a.iter().all(|a| *a != 0.0) && b.iter().all(|b| *b == 0.0)), "{fresh:?}");
}

#[test]
fn adapters_that_are_in_the_file_are_loaded() {
    let net = Continued::pretrained().unwrap();
    let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ui/weights/adapted.safetensors")).unwrap();
    let file = Weights::from_bytes(&file).unwrap();
    let found = adapters(&net);
    for (factor, name) in [(0, "hidden.lora_A.weight"), (1, "hidden.lora_B.weight")] {
        assert_eq!(found[0].1[factor], file.floats(name).unwrap(), "{name}");
    }
    assert!(found[1].1[1].iter().all(|b| *b == 0.0));
    assert_ne!(net.predict(&[[1.0; 4]]), Iris::pretrained().unwrap().predict(&[[1.0; 4]]));
}

#[test]
fn only_adapters_may_be_absent_and_only_whole_ones() {
    let bytes = to_bytes(&Continued::default()).unwrap();
    let said = |left_out: &str, mode| {
        let weights = Weights::from_bytes(&bytes).unwrap();
        let weights = weights.rename(&Rename::new().leave_out(left_out)).unwrap();
        weights.load_into(&mut Continued::default(), mode).map(|report| report.loaded.len()).map_err(|e| e.to_string())
    };
    assert_eq!(said("hidden.lora_*", Mode::Base), Ok(6));
    assert_eq!(said("*.lora_*", Mode::Base), Ok(4));
    assert_eq!(said("nothing", Mode::Base), Ok(8));
    for (left_out, mode, missing) in [
        ("hidden.lora_B.*", Mode::Base, "`hidden.lora_B.weight` [8, 2]"),
        ("hidden.weight", Mode::Base, "`hidden.weight` [8, 4]"),
        ("hidden.lora_*", Mode::Strict, "`hidden.lora_A.weight` [2, 4]"),
    ] {
        let error = said(left_out, mode).unwrap_err();
        assert!(error.contains(&format!("missing in the file: {missing}")), "{error}");
    }
}
