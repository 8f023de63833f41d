//! Groups of layers: rates, schedules and decay of their own, and rates that rise after a layer was unfrozen.

mod common;

#[path = "common/two.rs"]
mod two;

use nn_core::optim::*;
use nn_core::schedule::Step;
use nn_core::storage::Checkpoint;
use nn_core::{Parameters, Path, Team};
use two::{Two, TwoGrads, TwoPerLayer};

fn network() -> (Two, TwoGrads) {
    let mut net = Two::new(3, 4, 2);
    net.set(|path, i| ((path.len() * 7 + i * 5) % 11) as f32 * 0.1 - 0.45);
    let mut grads = net.grads();
    Two::gradients(&mut grads, &Path::ROOT, &mut |_, grad| grad.values_mut().fill(1.0));
    (net, grads)
}

/// By how much the first bias of each layer falls in a step with gradients of 1: the learning rate.
fn step(stepper: &mut Stepper<Two, Sgd>, net: &mut Two, grads: &mut TwoGrads) -> [f32; 2] {
    let before = [net.first.bias.values()[0], net.second.bias.values()[0]];
    stepper.step(net, grads, &Team::new(1)).expect("a step");
    [before[0] - net.first.bias.values()[0], before[1] - net.second.bias.values()[0]]
}

fn close(found: [f32; 2], expected: [f32; 2]) {
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}, not {expected:?}");
}

fn sgd() -> Sgd {
    Sgd { lr: 0.1, ..Sgd::default() }
}

#[test]
fn a_layer_that_is_unfrozen_warms_up() {
    let (mut net, mut grads) = network();
    let first = |train| TwoPerLayer {
        first: LayerSettings { train, warmup: 4, ..LayerSettings::TRAINED },
        second: LayerSettings::TRAINED,
    };
    let mut stepper = sgd().stepper(&net).layers(first(false));
    for _ in 0..3 {
        close(step(&mut stepper, &mut net, &mut grads), [0.0, 0.1]);
    }
    stepper.set_layers(first(true));
    close(step(&mut stepper, &mut net, &mut grads), [0.025, 0.1]);
    // Setting what is set already begins nothing anew.
    stepper.set_layers(first(true));
    close(step(&mut stepper, &mut net, &mut grads), [0.05, 0.1]);

    // A resumed run goes on in the middle of the rise.
    let mut saved = Checkpoint::new();
    stepper.save_state(&net, &mut saved).expect("names of its own");
    let mut resumed = sgd().stepper(&net).layers(first(true));
    resumed.load_state(&net, &saved).expect("the same network");
    for expected in [0.075, 0.1, 0.1] {
        let (lrs, other) = (stepper.lrs(), resumed.lrs());
        assert_eq!((lrs.first, lrs.second), (other.first, other.second));
        close([lrs.first as f32, lrs.second as f32], [expected, 0.1]);
        close(step(&mut stepper, &mut net, &mut grads), [expected, 0.1]);
        resumed.step(&mut Two::new(3, 4, 2), &mut grads, &Team::new(1)).expect("a step");
    }
    stepper.set_layers(first(false));
    assert_eq!(stepper.lrs().first, 0.0);
    step(&mut stepper, &mut net, &mut grads);
    stepper.set_layers(first(true));
    close(step(&mut stepper, &mut net, &mut grads), [0.025, 0.1]);
}

#[test]
fn layers_have_schedules_of_their_own() {
    let (mut net, mut grads) = network();
    let mut stepper = sgd()
        .stepper(&net)
        .schedule(Step { every: 1, gamma: 0.5 })
        .schedule_layers(TwoPerLayer { first: true, second: true }, |_: u64| 7.0)
        .schedule_layers(TwoPerLayer { first: true, second: false }, Step { every: 2, gamma: 0.1 })
        .layers(Two::with_lr(Two::per_layer(LayerSettings::TRAINED), TwoPerLayer { first: 2.0, second: 1.0 }));
    assert_eq!(stepper.lr(), 0.1);
    for expected in [[0.2, 0.7], [0.2, 0.7], [0.02, 0.7]] {
        close(step(&mut stepper, &mut net, &mut grads), expected);
    }
}

#[test]
fn biases_and_gains_need_not_decay() {
    let (mut net, mut grads) = network();
    Two::gradients(&mut grads, &Path::ROOT, &mut |_, grad| grad.values_mut().fill(0.0));
    let start = net.values()[..12].to_vec();
    let biases = (net.first.bias.clone(), net.second.bias.clone());
    let plain = LayerSettings { decay_vectors: false, ..LayerSettings::TRAINED };
    let layers = Two::with_weight_decay(Two::per_layer(plain), TwoPerLayer { first: 2.0, second: 1.0 });
    let mut stepper = Sgd { lr: 0.1, weight_decay: 0.5, ..Sgd::default() }.stepper(&net).layers(layers);
    stepper.step(&mut net, &mut grads, &Team::new(1)).expect("a step");
    assert_eq!((net.first.bias.clone(), net.second.bias.clone()), biases);
    let expected: Vec<f32> = start.iter().map(|w| w - 0.1 * 2.0 * 0.5 * w).collect();
    common::assert_close("weight", &net.values()[..12], &expected, 1e-6);
}

#[test]
fn mirrors_by_position_and_path() {
    let rates = Two::discriminative(0.25);
    assert_eq!((rates.first.lr, rates.second.lr), (0.25, 1.0));
    assert_eq!((Two::last(0), Two::last(1)), (Two::per_layer(false), TwoPerLayer { first: false, second: true }));
    assert_eq!((Two::last(9), Two::count_groups()), (Two::per_layer(true), 2));
    let settings = Two::settings(|path| LayerSettings { lr: path.len() as f64, ..LayerSettings::FROZEN });
    assert_eq!((settings.first.lr, settings.second.lr), (5.0, 6.0));
    let settings = Two::with_train(settings, Two::last(1));
    assert_eq!((settings.first.train, settings.second.train, settings.second.lr), (false, true, 6.0));
}
