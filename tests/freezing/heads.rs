//! Heads: a network around a pretrained one, a field assigned, a backbone moved out, outputs computed once.

use nn::data::{Cached, Samples};
use nn::loss::CrossEntropy;
use nn::metrics::Accuracy;
use nn::optim::Adam;
use nn::random::Random;
use nn::storage::{Mode, Rename, Weights, to_bytes};
use nn::train::{Fit, Progress, Trainer};
use nn::{Network, Parameters, network};

network! {
    #[derive(Clone)]
    struct Features: [6] -> [8] {
        hidden: Dense(16),
        norm: BatchNorm1d,
        act: Relu,
        out: Dense(8) + Tanh,
    }

    /// What was trained first.
    #[derive(Clone)]
    struct Four: [6] -> [4] {
        features: Features,
        head: Dense(4),
    }

    /// What is trained on it.
    #[derive(Clone)]
    struct Three: [6] -> [3] {
        backbone: Features,
        hidden: Dense(12) + Relu,
        drop: Dropout(0.2),
        head: Dense(3),
    }

    /// Only what is new of it.
    #[derive(Clone)]
    struct Head: [8] -> [3] {
        hidden: Dense(12) + Relu,
        drop: Dropout(0.2),
        head: Dense(3),
    }
}

fn data(classes: u32, count: usize) -> Samples<[f32; 6], u32> {
    let mut random = Random::new(classes.into(), "heads");
    let x: Vec<[f32; 6]> = (0..count).map(|_| std::array::from_fn(|_| random.normal() as f32)).collect();
    let labels: Vec<u32> = x.iter().map(|x| ((2.0 * (x[0] + x[1] * x[2]).abs()) as u32).min(classes - 1)).collect();
    Samples::new(x, labels).unwrap()
}

fn fit<X: nn::Value>(epochs: usize) -> Fit<'static, X, u32> {
    Fit { epochs, batch_size: 16, progress: Progress::Silent, ..Fit::default() }
}

fn pretrained() -> Four {
    let mut trainer = Trainer::new(Four::seeded(1), CrossEntropy, Adam::default());
    trainer.fit(&data(4, 100), &fit(3)).unwrap();
    trainer.into_network()
}

#[test]
fn a_backbone_is_moved_out_or_loaded_from_the_file_of_the_whole() {
    let four = pretrained();
    let bytes = to_bytes(&four).unwrap();
    let moved = Three { backbone: four.features.clone(), ..Three::seeded(2) };

    let mut loaded = Three::seeded(2);
    let rules = Rename::new().leave_out("head.*").regex("^features\\.", "");
    let weights = Weights::from_bytes(&bytes).unwrap().rename(&rules).unwrap();
    weights.load_into(&mut loaded.backbone, Mode::Strict).unwrap();
    assert!(to_bytes(&loaded).unwrap() == to_bytes(&moved).unwrap());

    // The same into the whole network, where the file has no head of this shape.
    let mut partial = Three::seeded(2);
    let rules = Rename::new().pattern("features.*", "backbone.*").leave_out("head.*");
    let report =
        Weights::from_bytes(&bytes).unwrap().rename(&rules).unwrap().load_into(&mut partial, Mode::Partial).unwrap();
    assert_eq!(report.missing, ["hidden.weight", "hidden.bias", "head.weight", "head.bias"]);
    assert!(to_bytes(&partial).unwrap() == to_bytes(&moved).unwrap());

    let samples = data(4, 5);
    assert_eq!(moved.backbone.predict(samples.x()), four.features.predict(samples.x()));
}

#[test]
fn a_head_is_replaced_by_assigning_its_field() {
    let (mut net, samples) = (pretrained(), data(4, 5));
    let (before, features) = (net.predict(samples.x()), net.features.predict(samples.x()));
    net.head = Four::seeded(9).head;
    assert_ne!(net.predict(samples.x()), before);
    assert_eq!(net.features.predict(samples.x()), features);
}

#[test]
fn a_head_learns_the_same_on_outputs_that_are_kept() {
    let features = pretrained().features;
    let (train, test) = (data(3, 120), data(3, 40));
    let head = Head::seeded(3);
    let parts = head.clone();
    let whole = Three { backbone: features.clone(), hidden: parts.hidden, drop: parts.drop, head: parts.head };

    let learns = ThreePerLayer { backbone: Features::per_layer(false), ..Three::per_layer(true) };
    let mut frozen = Trainer::new(whole, CrossEntropy, Adam::default()).train_only(learns).metric(Accuracy);
    let expected = frozen.fit(&train, &Fit { validation: Some(&test), ..fit(4) }).unwrap();

    let (train, test) = (Cached::new(&features, &train).unwrap(), Cached::new(&features, &test).unwrap());
    let mut alone = Trainer::new(head, CrossEntropy, Adam::default()).metric(Accuracy);
    let found = alone.fit(&train, &Fit { validation: Some(&test), ..fit(4) }).unwrap();
    // The same bits: dropout is keyed by the path of its line, which is the same in both.
    for name in ["loss", "accuracy", "val_loss", "val_accuracy"] {
        assert_eq!(found.values(name), expected.values(name), "{name}");
    }
    let (whole, head) = (frozen.into_network(), alone.into_network());
    assert_eq!((whole.hidden.weight, whole.head.bias), (head.hidden.weight, head.head.bias));
}
