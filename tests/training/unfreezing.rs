//! Layers that begin to learn one after the other.

use crate::QUIET;
use nn::data::Samples;
use nn::loss::MeanSquaredError;
use nn::optim::{Groups, LayerSettings, Sgd};
use nn::train::{Fit, Trainer, Unfreeze};
use nn::{Parameters, network};
use std::sync::{Arc, Mutex};

network! {
    #[derive(Clone)]
    struct Block: [4] -> [4] { norm: LayerNorm, dense: Dense(4) + Tanh }

    #[derive(Clone)]
    struct Deep: [4] -> [2] {
        stem: Dense(4) + Tanh,
        blocks: [Block; 2],
        head: Dense(2),
    }
}

fn data() -> Samples<[f32; 4], [f32; 2]> {
    let x: Vec<[f32; 4]> =
        (0..32).map(|i| std::array::from_fn(|j| ((i * 7 + j * 3) % 11) as f32 * 0.2 - 1.0)).collect();
    let y: Vec<[f32; 2]> = x.iter().map(|x| [x[0] - x[1], x[2] * x[3]]).collect();
    Samples::new(x, y).unwrap()
}

/// One weight of each group after each epoch.
fn trained(unfreeze: Unfreeze<Deep>) -> Vec<[f32; 4]> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = seen.clone();
    let mut trainer = Trainer::new(Deep::seeded(1), MeanSquaredError, Sgd { lr: 0.05, ..Sgd::default() })
        .unfreeze(unfreeze)
        .on_epoch_end(move |view| {
            let Deep { stem, blocks, head } = view.network;
            let weights = [&stem.weight, &blocks[0].dense.weight, &blocks[1].dense.weight, &head.weight];
            sink.lock().unwrap().push(weights.map(|weight| weight.values()[0]));
        });
    trainer.fit(&data(), &Fit { epochs: 6, batch_size: 8, progress: QUIET, ..Fit::default() }).unwrap();
    seen.lock().unwrap().clone()
}

/// In which epochs each group has moved.
fn moved(weights: &[[f32; 4]]) -> Vec<[bool; 4]> {
    weights.windows(2).map(|pair| std::array::from_fn(|group| pair[0][group] != pair[1][group])).collect()
}

#[test]
fn one_group_more_after_every_second_epoch() {
    // Between the ends of epochs 1 and 2, 2 and 3, ….
    let expected = [
        [false, false, false, true],
        [false, false, true, true],
        [false, false, true, true],
        [false, true, true, true],
        [false, true, true, true],
    ];
    assert_eq!(moved(&trained(Unfreeze::gradual(1, 2))), expected);
}

#[test]
fn stages_by_hand() {
    let only_stem = DeepPerLayer { stem: true, ..Deep::per_layer(false) };
    let stages = Unfreeze::first(Deep::last(1)).after(4, Deep::per_layer(true)).after(2, only_stem);
    let expected =
        [[false, false, false, true], [true, false, false, false], [true, false, false, false], [true; 4], [true; 4]];
    assert_eq!(moved(&trained(stages)), expected);
}

#[test]
fn the_rate_rises_after_unfreezing() {
    let sudden = trained(Unfreeze::first(Deep::last(1)).after(1, Deep::per_layer(true)));
    let gentle = trained(Unfreeze::first(Deep::last(1)).after(1, Deep::per_layer(true)).warmup(100));
    let step = |weights: &[[f32; 4]]| (weights[1][1] - weights[0][1]).abs();
    // Four steps at 1, 2, 3 and 4 per cent of the rate.
    assert!(step(&gentle) > 0.0 && step(&gentle) < 0.1 * step(&sudden), "{} {}", step(&gentle), step(&sudden));
}

#[test]
fn other_settings_stay() {
    let mut trainer =
        Trainer::new(Deep::seeded(1), MeanSquaredError, Sgd { lr: 0.05, weight_decay: 0.1, ..Sgd::default() })
            .layers(Deep::discriminative(0.5))
            .decay_matrices_only()
            .unfreeze(Unfreeze::gradual(2, 1));
    trainer.fit(&data(), &Fit { epochs: 2, progress: QUIET, ..Fit::default() }).unwrap();
    let settings = trainer.stepper().layer_settings();
    let plain = LayerSettings { decay_vectors: false, ..LayerSettings::TRAINED };
    assert_eq!(settings.stem, LayerSettings { lr: 0.125, train: false, ..plain });
    assert_eq!(settings.blocks[0].dense, LayerSettings { lr: 0.25, ..plain });
    assert_eq!(settings.blocks[1].norm, LayerSettings { lr: 0.5, ..plain });
    assert_eq!(settings.head, plain);
}

/// What the methods of a trainer say of each other: `layers` sets everything and comes first, the others change one thing, and `unfreeze` alone decides
/// which layers learn.
#[test]
fn the_order_of_settings() {
    let trainer = || Trainer::new(Deep::seeded(1), MeanSquaredError, Sgd { lr: 0.05, ..Sgd::default() });
    let kept = trainer().layers(Deep::discriminative(0.5)).train_only(Deep::last(1)).decay_matrices_only();
    let undone = trainer().train_only(Deep::last(1)).decay_matrices_only().layers(Deep::discriminative(0.5));
    let stem = LayerSettings { lr: 0.125, ..LayerSettings::TRAINED };
    assert_eq!(kept.stepper().layer_settings().stem, LayerSettings { train: false, decay_vectors: false, ..stem });
    assert_eq!(undone.stepper().layer_settings().stem, stem);

    let frozen = DeepPerLayer { stem: LayerSettings::FROZEN, ..Deep::per_layer(LayerSettings::TRAINED) };
    let fit = Fit { epochs: 4, progress: QUIET, ..Fit::default() };
    let mut gradual = trainer().layers(frozen).unfreeze(Unfreeze::gradual(1, 1));
    gradual.fit(&data(), &fit).unwrap();
    assert!(gradual.stepper().layer_settings().stem.train);
    let all_but_the_stem = DeepPerLayer { stem: false, ..Deep::per_layer(true) };
    let mut by_hand = trainer().unfreeze(Unfreeze::first(Deep::last(1)).after(1, all_but_the_stem));
    by_hand.fit(&data(), &fit).unwrap();
    assert!(!by_hand.stepper().layer_settings().stem.train);
    assert_eq!(by_hand.network().stem.weight, Deep::seeded(1).stem.weight);
}
