//! Alphas that are not the declared ones: they come from a file of PEFT, and stay with the adapters.

use crate::elsewhere::adapted;
use crate::files::{Image, fixture, folder};
use crate::training::data;
use crate::{Adapted, Stabilized, Twin};
use nn::loss::CrossEntropy;
use nn::optim::Adam;
use nn::random::Random;
use nn::storage::{Checkpoint, Mode, Rename, SafeTensors, Weights};
use nn::train::{Checkpoints, Fit, Progress, Trainer};
use nn::{Adapters, Batch, Layer, Network, Parameters, Path, Store};

fn alphas<N: Parameters>(net: &N) -> Vec<f32> {
    let mut alphas = Vec::new();
    net.adapters(&Path::ROOT, &mut |_, adapter| alphas.push(adapter.alpha()));
    alphas
}

fn set_alphas<N: Parameters>(net: &mut N, alpha: f32) {
    net.adapters_mut(&Path::ROOT, &mut |_, adapter| {
        adapter.set_alpha(alpha);
        adapter.factors_mut()[1].values_mut().fill(0.05);
    });
}

fn same<A, B>(a: &A, b: &B)
where
    A: Layer<In = Image, Out = [f32; 4]>,
    B: Layer<In = Image, Out = [f32; 4]>,
{
    let mut x = Batch::<Image>::zeroed(3);
    let mut random = Random::new(3, "x");
    x.flat_mut().fill_with(|| random.normal() as f32);
    assert_eq!(a.predict(&x).flat(), b.predict(&x).flat());
}

/// What one program saves another loads, and both compute the same.
#[test]
fn a_saved_network_has_the_alphas_that_were_loaded() {
    let mut net = Adapted::seeded(1);
    let declared = alphas(&net);
    net.load_adapters(fixture("patterns")).unwrap();
    let loaded = alphas(&net);
    assert_ne!(loaded, declared);
    let path = folder("alphas").join("net.safetensors");
    net.save(&path).unwrap();
    let file = SafeTensors::read(&path).unwrap();
    let names: Vec<&String> = file.metadata().keys().filter(|key| key.contains("lora_alpha")).collect();
    assert_eq!(names, ["nn.lora_alpha.conv2", "nn.lora_alpha.fc"]);
    assert_eq!(file.metadata()["nn.lora_alpha.fc"], "16");

    let read = Adapted::load(&path).unwrap();
    assert_eq!(alphas(&read), loaded);
    // And those that were declared, into a network that has others.
    let fresh = Adapted::seeded(1);
    let mut changed = Adapted::seeded(4);
    changed.load_adapters(fixture("patterns")).unwrap();
    changed.load_bytes(&fresh.to_bytes().unwrap()).unwrap();
    assert_eq!(alphas(&changed), declared);
    same(&changed, &fresh);
    same(&read, &net);
    let mut read = Adapted::seeded(2);
    read.load_bytes(&net.to_bytes().unwrap()).unwrap();
    same(&read, &net);
    let mut checkpoint = Checkpoint::new();
    checkpoint.add_network(&net).unwrap();
    let mut read = Adapted::seeded(3);
    Checkpoint::from_bytes(&checkpoint.to_bytes().unwrap()).unwrap().load_network(&mut read).unwrap();
    assert_eq!(alphas(&read), loaded);
    same(&read, &net);
    // Under another name and back; not where the factors are left out.
    let pair = |from: &str, to: &str| {
        let name = |layer: &str, factor: &str| format!("{layer}.lora_{factor}.weight");
        Rename::new().pair(name(from, "A"), name(to, "A")).pair(name(from, "B"), name(to, "B"))
    };
    let file = net.to_bytes().unwrap();
    let weights = Weights::from_bytes(&file).unwrap().rename(&pair("fc", "x.y")).unwrap();
    let back = weights.clone().rename(&pair("x.y", "fc")).unwrap();
    let mut read = Adapted::seeded(4);
    back.load_into(&mut read, Mode::Strict).unwrap();
    assert_eq!(alphas(&read), loaded);
    let left_out = weights.rename(&Rename::new().leave_out("x.y.*.*")).unwrap();
    let mut read = Adapted::seeded(4);
    left_out.load_into(&mut read, Mode::Base).unwrap();
    assert_eq!(alphas(&read), [loaded[0], loaded[1], declared[2]]);
}

/// A file of a network with the declared alphas has none: those of the program hold.
#[test]
fn declared_alphas_stand_in_the_program() {
    let net = Adapted::seeded(1);
    let file = net.to_bytes().unwrap();
    assert!(SafeTensors::from_bytes(&file).unwrap().metadata().keys().all(|key| !key.contains("lora_alpha")));
    let mut other = Stabilized::seeded(2);
    set_alphas(&mut other, 5.5);
    let mut read = Stabilized::seeded(3);
    read.load_bytes(&other.to_bytes().unwrap()).unwrap();
    assert_eq!(alphas(&read), [5.5]);
    same(&read, &other);
}

#[test]
fn adapters_that_were_chosen_at_run_time_keep_theirs() {
    let mut net = adapted();
    set_alphas(&mut net, 0.7);
    let path = folder("alphas").join("elsewhere.safetensors");
    net.save(&path).unwrap();
    let mut read = adapted();
    read.load_from(&path).unwrap();
    assert_eq!(alphas(&read), [0.7; 3]);
    same(&read, &net);
    // A network that was declared with adapters computes as near as its order of sums lets it.
    let mut declared = Twin::seeded(9);
    declared.load_from(&path).unwrap();
    assert_eq!(alphas(&declared), [0.7; 3]);
}

/// A run that was interrupted and one that was not have the same bits.
#[test]
fn a_resumed_run_has_the_alphas_of_the_first() {
    let folder = folder("alphas-resumed");
    std::fs::remove_dir_all(&folder).unwrap();
    let fit = |epochs| Fit {
        epochs,
        batch_size: 16,
        progress: Progress::Silent,
        checkpoints: Some(Checkpoints::new(folder.clone())),
        ..Fit::default()
    };
    let mut first = Twin::seeded(3);
    set_alphas(&mut first, 9.0);
    let trainer = |net| Trainer::new(net, CrossEntropy, Adam::default());
    let mut whole = trainer(first.clone());
    whole.fit(&data(), &Fit { checkpoints: None, ..fit(2) }).unwrap();
    trainer(first).fit(&data(), &fit(1)).unwrap();
    let mut resumed = trainer(Twin::seeded(4));
    assert!(resumed.resume(&folder).unwrap());
    resumed.fit(&data(), &fit(2)).unwrap();
    assert_eq!(alphas(resumed.network()), [9.0; 3]);
    assert_eq!(resumed.network().to_bytes().unwrap(), whole.network().to_bytes().unwrap());
}
