//! The learning-rate finder: what it tries, when it ends, and that it leaves nothing behind.

use crate::{QUIET, sgd};
use nn::Parameters;
use nn::data::{Balanced, Dataset, Samples};
use nn::loss::CrossEntropy;
use nn::network;
use nn::optim::{Adam, LayerSettings};
use nn::random::Random;
use nn::schedule::Step;
use nn::train::{FindLr, Fit, Trainer, Unfreeze};

network! {
    struct Norms: [4] -> [3] {
        hidden: Dense(16),
        norm:   BatchNorm1d,
        act:    Relu,
        drop:   Dropout(0.2),
        scores: Dense(3),
    }
}

/// Three clouds of points.
fn clouds() -> Samples<[f32; 4], u32> {
    let mut random = Random::new(3, "clouds");
    let labels: Vec<u32> = (0..120).map(|i| i % 3).collect();
    let x: Vec<[f32; 4]> = labels
        .iter()
        .map(|&label| core::array::from_fn(|i| 2.0 * f32::from(u8::from(i as u32 == label)) + random.normal() as f32))
        .collect();
    Samples::new(x, labels).unwrap()
}

fn trainer() -> Trainer<Norms, CrossEntropy, Adam, u32> {
    Trainer::new(Norms::seeded(1), CrossEntropy, Adam::default())
}

#[test]
fn the_rate_rises_exponentially_until_the_loss_diverges() {
    let find = FindLr { batch_size: 16, start: 1e-5, end: 1e5, steps: 101, ..FindLr::default() };
    let curve = trainer().find_lr(&clouds(), &find).unwrap();
    let points = curve.points();
    assert!(curve.diverged() && points.len() > 50 && points.len() < 101, "{curve}");
    for (i, point) in points.iter().enumerate() {
        let lr = 10_f64.powf(-5.0 + i as f64 / 10.0);
        assert!((point.lr / lr - 1.0).abs() < 1e-9 && point.loss.is_finite(), "{i}: {point:?}");
    }
    // The definition of the smoothed loss.
    let weights: Vec<f64> = (0..4).map(|i| 0.9_f64.powi(3 - i)).collect();
    let sum: f64 = weights.iter().zip(points).map(|(weight, point)| weight * point.loss).sum();
    assert!((points[3].smoothed - sum / weights.iter().sum::<f64>()).abs() < 1e-12);
    let least = points.iter().map(|point| point.smoothed).fold(f64::INFINITY, f64::min);
    let (last, before) = (points.last().unwrap(), &points[points.len() - 2]);
    assert!(last.smoothed > 4.0 * least && before.smoothed <= 4.0 * least, "{curve}");

    let whole = trainer().find_lr(&clouds(), &FindLr { end: 1e-4, ..find }).unwrap();
    assert!(!whole.diverged() && whole.points().len() == 101);
    assert!((whole.points()[100].lr / 1e-4 - 1.0).abs() < 1e-9);
}

#[test]
fn training_is_the_same_with_and_without_looking_first() {
    let data = clouds();
    let train = |look: bool| {
        let layers = Norms::per_layer(LayerSettings { warmup: 5, ..LayerSettings::TRAINED });
        let mut trainer = trainer().layers(layers).schedule(Step { every: 20, gamma: 0.5 }).seed(9);
        let fit = Fit { epochs: 2, batch_size: 16, progress: QUIET, ..Fit::default() };
        let mut bits = Vec::new();
        for _ in 0..2 {
            if look {
                trainer.find_lr(&data, &FindLr { batch_size: 16, ..FindLr::default() }).unwrap();
            }
            let history = trainer.fit(&data, &fit).unwrap();
            bits.extend(history.values("loss").iter().map(|loss| loss.to_bits()));
        }
        // Running statistics too.
        trainer.network().tensors(&nn::Path::ROOT, &mut |_, _, tensor| {
            bits.extend(tensor.values().iter().map(|value| u64::from(value.to_bits())));
        });
        bits
    };
    assert_eq!(train(true), train(false));
}

#[test]
fn the_suggestion_trains_well_and_settings_of_layers_hold() {
    let data = clouds();
    let find = FindLr { batch_size: 16, ..FindLr::default() };
    for seed in 0..3 {
        let mut looking = Trainer::new(Norms::seeded(seed), CrossEntropy, Adam::default()).seed(seed);
        let curve = looking.find_lr(&data, &find).unwrap();
        let lr = curve.suggestion().unwrap();
        assert!((1e-3..1.0).contains(&lr), "seed {seed}: {curve}");
        let printed = curve.to_string();
        assert!(printed.contains("learning rate") && printed.contains("the loss falls fastest at"), "{printed}");
        let mut trainer = Trainer::new(Norms::seeded(seed), CrossEntropy, Adam { lr, ..Adam::default() });
        let history = trainer.fit(&data, &Fit { epochs: 10, progress: QUIET, ..Fit::default() }).unwrap();
        let losses = history.values("loss");
        assert!(losses[9] < 0.7 * losses[0], "seed {seed}: {losses:?}");
    }
    // No layer moves at any rate, so the loss stays about where it is.
    let still = LayerSettings { lr: 0.0, ..LayerSettings::TRAINED };
    let frozen = trainer().layers(Norms::per_layer(still)).find_lr(&data, &find).unwrap();
    assert!(!frozen.diverged() && frozen.points().len() == 150);
}

#[test]
fn numbers_that_make_no_sense_are_named() {
    let problem = |find| trainer().find_lr(&clouds(), &find).unwrap_err().to_string();
    let default = FindLr::default();
    assert_eq!(
        problem(FindLr { start: 1.0, end: 0.5, ..default }),
        "FindLr::start: from 1 to 0.5; both have to be positive, and the first the smaller"
    );
    assert!(problem(FindLr { start: f64::NAN, ..default }).starts_with("FindLr::start: from NaN"));
    assert_eq!(problem(FindLr { steps: 2, ..default }), "FindLr::steps: 2 steps; there must be at least 3");
    assert_eq!(
        problem(FindLr { smoothing: 1.0, ..default }),
        "FindLr::smoothing: is 1, but has to be at least 0 and below 1"
    );
    assert_eq!(problem(FindLr { divergence: 1.0, ..default }), "FindLr::divergence: is 1, but has to be above 1");
    assert!(problem(FindLr { batch_size: 0, ..default }).starts_with("batch_size: 0 samples"));
    let mut still = Trainer::new(Norms::seeded(2), CrossEntropy, sgd(0.0));
    let problem = still.find_lr(&clouds(), &default).unwrap_err().to_string();
    assert!(problem.starts_with("Trainer::find_lr: the optimiser has a learning rate of 0, "), "{problem}");
    let labels = Samples::new([[0.0; 4]; 2], [0, 3]).unwrap();
    let problem = trainer().find_lr(&labels, &default).unwrap_err().to_string();
    assert!(problem.contains("sample 1"), "{problem}");
}

#[test]
fn a_rare_class_is_learnt_from_balanced_batches() {
    // One sample in 40 is of class 1, and it lies among the others.
    let mut random = Random::new(5, "rare");
    let labels: Vec<u32> = (0..400).map(|i| u32::from(i % 40 == 7)).collect();
    let x: Vec<[f32; 4]> =
        labels.iter().map(|&label| core::array::from_fn(|_| 0.8 * label as f32 + random.normal() as f32)).collect();
    let data = Samples::new(x, labels).unwrap();
    let found = |balanced: bool| {
        let fit = Fit { epochs: 5, batch_size: 20, progress: QUIET, ..Fit::default() };
        let mut trainer = Trainer::new(Norms::seeded(2), CrossEntropy, sgd(0.1));
        if balanced {
            trainer.fit(&Balanced::new(&data, data.y()).unwrap(), &fit).unwrap();
        } else {
            trainer.fit(&data, &fit).unwrap();
        }
        let scores = trainer.predict(data.x());
        let rare = scores.iter().zip(data.y()).filter(|&(_, &label)| label == 1);
        rare.filter(|(scores, _)| scores[1] > scores[0]).count()
    };
    assert!(found(false) <= 3 && found(true) >= 7, "{} {}", found(false), found(true));
}

#[test]
fn what_fit_would_say_of_data_and_layers_is_said_before() {
    let data = clouds();
    let find = FindLr { batch_size: 16, steps: 20, ..FindLr::default() };
    // A sample that is no number, whether it counts or not.
    let mut x = data.x().to_vec();
    x[7][1] = f32::NAN;
    let bad = Samples::new(x, data.y().to_vec()).unwrap();
    let told = trainer().find_lr(&bad, &find).unwrap_err().to_string();
    assert!(told.starts_with("sample 7: its input ") && told.contains("the loss of epoch 1"), "{told}");
    let mut weights = vec![1.0; 120];
    weights[7] = 0.0;
    let told = trainer().find_lr(&bad.with_weights(weights).unwrap(), &find).unwrap_err().to_string();
    assert!(told.starts_with("sample 7") && told.contains("has NaN"), "{told}");

    let frozen = Norms::per_layer(LayerSettings::FROZEN);
    let told = trainer().layers(frozen).find_lr(&data, &find).unwrap_err().to_string();
    assert!(told.starts_with("Trainer::find_lr: all layers are frozen"), "{told}");
}

#[test]
fn the_first_stage_learns_where_layers_are_unfrozen() {
    let (data, find) = (clouds(), FindLr { batch_size: 16, steps: 20, ..FindLr::default() });
    let head = NormsPerLayer { scores: true, ..Norms::per_layer(false) };
    let mut gradual = trainer().unfreeze(Unfreeze::first(head).after(2, Norms::per_layer(true)));
    assert_eq!(gradual.summary().trainable, 16 * 3 + 3);
    let curve = gradual.find_lr(&data, &find).unwrap();
    assert_eq!(curve, trainer().train_only(head).find_lr(&data, &find).unwrap());
    assert_ne!(curve, trainer().find_lr(&data, &find).unwrap());
}

#[test]
fn batches_in_which_nothing_counts_are_no_points() {
    let data = clouds();
    let find = FindLr { batch_size: 1, steps: 60, ..FindLr::default() };
    let weights: Vec<f32> = (0..120).map(|i| (i % 2) as f32).collect();
    let half = data.clone().with_weights(weights).unwrap();
    let mut trainer = trainer();
    let curve = trainer.find_lr(&half, &find).unwrap();
    assert!(curve.points().iter().all(|point| point.loss > 0.0), "{curve}");
    let none = (0..120).filter(|i| i % 2 == 0);
    let told = trainer.find_lr(&half.subset(none).unwrap(), &find).unwrap_err().to_string();
    assert!(told.starts_with("Trainer::find_lr: nothing counts in the data"), "{told}");
}
