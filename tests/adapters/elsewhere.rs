//! Adapters on networks that were declared without them.

use crate::training::data;
use crate::{Around, Plain, Twin};
use nn::check::{self, Options};
use nn::init::Init;
use nn::lora::{Adapted, Tuning};
use nn::loss::CrossEntropy;
use nn::optim::Adam;
use nn::random::Random;
use nn::train::{Fit, Progress, Trainer};
use nn::{Adapters, Layer, Network, Parameters, Path, Role};
use std::path::PathBuf;

fn all_but_the_head(path: &str, _: &str) -> Tuning {
    if path == "head" { Tuning::Whole } else { Tuning::LowRank }
}

pub fn adapted() -> Adapted<Plain> {
    Adapted::new(Plain::seeded(3), 2, 4.0, all_but_the_head).unwrap()
}

fn tensors<N: Parameters>(net: &N) -> Vec<(String, Role, Vec<f32>)> {
    let mut all = Vec::new();
    net.tensors(&Path::ROOT, &mut |path, role, tensor| all.push((path.to_string(), role, tensor.to_vec())));
    all.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    all
}

fn fit<N>(net: N) -> N
where
    N: Layer<In = [[[f32; 8]; 8]; 3], Out = [f32; 4], Gives = nn::Scores>,
{
    let settings = Fit { epochs: 8, batch_size: 16, progress: Progress::Silent, ..Fit::default() };
    let mut trainer = Trainer::new(net, CrossEntropy, Adam::default());
    trainer.fit(&data(), &settings).unwrap();
    trainer.into_network()
}

#[test]
fn gradients_are_those_of_the_factors() {
    let mut net = adapted();
    net.tensors_mut(&Path::ROOT, &mut |path, role, tensor| {
        if role == Role::Parameter {
            Init::Normal { mean: 0.0, std: 0.3 }.fill(tensor, &mut Random::new(4, &path.to_string()));
        }
    });
    for (samples, training) in [(1, true), (4, true), (3, false)] {
        let options = Options { samples, training, elements: 6, ..Options::default() };
        check::gradients(&mut net, &options).unwrap();
    }
    let choose = |path: &str, kind: &str| match path {
        "body.fc" | "head" => Tuning::LowRank,
        _ if kind == "LayerNorm" => Tuning::Whole,
        _ => Tuning::Frozen,
    };
    let mut around = Adapted::new(Around::seeded(2), 1, 1.0, choose).unwrap();
    assert_eq!(around.adapted_layers().collect::<Vec<_>>(), ["body.fc", "head"]);
    check::gradients(&mut around, &Options { elements: 6, ..Options::default() }).unwrap();
    check::threads(&mut around, 40).unwrap();
}

/// Thirty-two steps beside a network that was declared with the same adapters.
#[test]
fn learns_what_declared_adapters_learn() {
    let mut declared = Twin::seeded(3);
    let from = adapted();
    let start = tensors(&from);
    assert_eq!(
        start.iter().map(|(name, role, _)| (name, *role)).collect::<Vec<_>>(),
        tensors(&declared).iter().map(|(name, role, _)| (name, *role)).collect::<Vec<_>>()
    );
    declared.tensors_mut(&Path::ROOT, &mut |path, _, tensor| {
        tensor.set(&start.iter().find(|(name, ..)| *name == path.to_string()).unwrap().2).unwrap();
    });
    let (declared, adapted) = (fit(declared), fit(from));
    for ((name, role, a), (_, _, b)) in tensors(&declared).iter().zip(tensors(&adapted)) {
        let largest = a.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
        let off = a.iter().zip(&b).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs())) / largest;
        assert!(off <= if *role == Role::Frozen { 0.0 } else { 1e-4 }, "{name}: off by {off:e}");
    }
    let changed = tensors(&adapted).iter().zip(&start).filter(|(new, old)| new.2 != old.2).count();
    assert_eq!(changed, 8, "six factors, and weight and bias of the head");

    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("peft/elsewhere");
    adapted.save_adapters_with(&folder, &["head"]).unwrap();
    let mut other = Twin::seeded(3);
    other.load_adapters(&folder).unwrap();
    let mut again = crate::elsewhere::adapted();
    again.load_adapters(&folder).unwrap();
    let (data, y) = (data(), adapted.predict(data().x()));
    let x = data.x();
    let close = |found: &[f32]| {
        let off = found.iter().zip(y.flat()).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
        assert!(off <= 1e-5, "off by {off:e}");
    };
    close(other.predict(x).flat());
    close(again.predict(x).flat());
    adapted.save_merged(folder.join("merged.safetensors")).unwrap();
    close(Plain::load(folder.join("merged.safetensors")).unwrap().predict(x).flat());
    close(adapted.into_merged().predict(x).flat());
}

#[test]
fn the_base_comes_back_exactly() {
    let net = fit(adapted());
    let (base, before) = (tensors(&net.into_base()), tensors(&Plain::seeded(3)));
    for ((name, _, found), (_, _, old)) in base.iter().zip(&before) {
        assert_eq!(found == old, !name.starts_with("head"), "{name}");
    }
}

/// Adapters with which the network was declared are in the files beside those that were put on it.
#[test]
fn declared_adapters_stay_what_they_are() {
    let around = |seed| {
        let choose = |path: &str, _: &str| match path {
            "head" => Tuning::LowRank,
            "fc" => Tuning::Frozen,
            _ => Tuning::Whole,
        };
        Adapted::new(Twin::seeded(3), 2, 3.0, choose).map(|mut net| {
            net.adapters_mut(&Path::ROOT, &mut |_, adapter| {
                for factor in adapter.factors_mut() {
                    let mut random = Random::new(seed, "factor");
                    Init::Normal { mean: 0.0, std: 0.3 }.fill(factor, &mut random);
                }
            });
            net
        })
    };
    let net = around(5).unwrap();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("peft/declared-too");
    net.save_adapters(&folder).unwrap();
    let names = nn::storage::SafeTensors::read(folder.join("adapter_model.safetensors")).unwrap();
    let of = |layer: &str| names.names().filter(|name| name.contains(&format!(".{layer}.lora_"))).count();
    assert_eq!(["conv1", "conv2", "fc", "head"].map(of), [2; 4]);
    let mut read = around(6).unwrap();
    let (x, y) = (data(), net.predict(data().x()));
    assert_ne!(read.predict(x.x()).flat(), y.flat());
    read.load_adapters(&folder).unwrap();
    assert_eq!(read.predict(x.x()).flat(), y.flat());
    read.merge_adapters();
    net.save_merged(folder.join("merged.safetensors")).unwrap();
    let merged = Plain::load(folder.join("merged.safetensors")).unwrap().predict(x.x());
    for (found, y) in [(merged.flat(), y.flat()), (read.predict(x.x()).flat(), y.flat())] {
        let off = found.iter().zip(y).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
        assert!(off <= 1e-4, "off by {off:e}");
    }
}

#[test]
fn what_cannot_be_adapted_is_said() {
    let message = |rank, choose: fn(&str, &str) -> Tuning| {
        Adapted::new(Around::seeded(1), rank, 1.0, choose).map(drop).unwrap_err().to_string()
    };
    let text = message(2, |path, _| if path == "norm" { Tuning::LowRank } else { Tuning::Frozen });
    assert!(
        text.contains("`norm` is a LayerNorm, and only `Dense` and `Conv2d` can have a low-rank adapter"),
        "{text}"
    );
    let text = message(5, |path, _| if path == "head" { Tuning::LowRank } else { Tuning::Frozen });
    assert!(
        text.contains("the rank of `head` is 5, but must be at most 4, the smaller side of its weight, [4, 4]"),
        "{text}"
    );
    let text = message(2, |_, _| Tuning::Whole);
    assert!(
        text.contains("no layer has an adapter; the layers are body.conv1, body.conv2, body.fc, body.head, norm, head"),
        "{text}"
    );
    assert!(message(0, all_but_the_head).contains("the rank is at least 1"));
}
