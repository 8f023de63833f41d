//! Settings by layer, the learning rate, and what is refused.

use crate::state::checkpoint;
use crate::two::{Two, TwoPerLayer};
use crate::{common, fill, minus, network, sgd, values};
use nn_core::optim::*;
use nn_core::schedule::Exponential;
use nn_core::{Error, Parameters, Team, Tensor};

#[test]
fn frozen_layers_are_left_alone_and_start_anew() {
    let team = Team::new(1);
    let (mut net, mut grads) = network();
    let first = |settings| TwoPerLayer { first: settings, second: LayerSettings::TRAINED };
    let mut stepper = Adam { weight_decay: 0.1, ..Adam::default() }
        .stepper(&net)
        .penalty(Penalty { l1: 0.0, l2: 0.1 })
        .clip_value(0.3);
    stepper.set_layers(first(LayerSettings::FROZEN));
    assert_eq!(stepper.trained(), TwoPerLayer { first: false, second: true });
    let (weights, before) = (net.first.weight.clone(), values(&mut grads));
    for _ in 0..100 {
        fill(&mut grads, 0);
        stepper.step(&mut net, &mut grads, &team).expect("a step");
    }
    assert!(net.first.weight == weights, "a frozen weight has changed");
    assert_eq!(values(&mut grads)[..12], before[..12], "a frozen gradient has changed");
    let state = checkpoint(&stepper, &net);
    let untouched = |name: &str| state.values(name).expect("there").iter().all(|&v| v == 0.0);
    assert!(state.names().all(|name| untouched(name) == name.starts_with("optimizer.first")));
    let updates = &state.get::<serde_json::Value>("optimizer").expect("there")["updates"];
    assert_eq!((&updates["first.weight"], &updates["second.bias"], stepper.steps()), (&0.into(), &100.into(), 100));
    // Its first update has the size of a first update: the learning rate.
    stepper.set_layers(first(LayerSettings::TRAINED));
    fill(&mut grads, 0);
    stepper.step(&mut net, &mut grads, &team).expect("a step");
    for (new, old) in net.first.bias.values().iter().zip(network().0.first.bias.values()) {
        assert!(((new - old).abs() - 1e-3).abs() < 1e-6, "a step from {old} to {new}");
    }
}

#[test]
fn settings_are_factors() {
    let (mut net, mut grads) = network();
    let start = net.values();
    let slow = LayerSettings { lr: 0.5, weight_decay: 3.0, ..LayerSettings::TRAINED };
    let sgd = Sgd { lr: 0.1, weight_decay: 0.2, ..Sgd::default() };
    let mut stepper = sgd.stepper(&net).layers(TwoPerLayer { first: slow, second: LayerSettings::TRAINED });
    stepper.step(&mut net, &mut grads, &Team::new(1)).expect("a step");
    let gradient = values(&mut grads);
    let expected: Vec<f32> = (0..26)
        .map(|i| if i < 16 { 0.05 * (gradient[i] + 0.6 * start[i]) } else { 0.1 * (gradient[i] + 0.2 * start[i]) })
        .collect();
    common::assert_close("step", &minus(&start, &net.values()), &expected, 1e-5);
}

#[test]
fn schedule_and_factor_make_the_learning_rate() {
    let (mut net, mut grads) = network();
    let mut stepper = Sgd { lr: 0.8, ..Sgd::default() }.stepper(&net).schedule(Exponential { gamma: 0.5 });
    let mut rates = Vec::new();
    for step in 0..4 {
        if step == 2 {
            stepper.set_lr_factor(0.1);
        }
        let before = net.first.bias.values()[1];
        let stepped = stepper.step(&mut net, &mut grads, &Team::new(1)).expect("a step");
        let moved = f64::from((before - net.first.bias.values()[1]) / grads.first.bias.values()[1]);
        assert!((moved - stepped.lr).abs() < 1e-5, "moved by {moved} instead of {}", stepped.lr);
        rates.push(stepped.lr);
    }
    assert_eq!(rates, [0.8, 0.4, 0.8 * 0.25 * 0.1, 0.8 * 0.125 * 0.1]);
    assert_eq!(stepper.lr(), 0.8 * 0.0625 * 0.1);
}

#[test]
fn another_network_is_refused() {
    let (net, _) = network();
    let mut stepper = sgd().stepper(&net);
    let mut other = Two::new(3, 5, 2);
    let mut grads = other.grads();
    let error = stepper.step(&mut other, &mut grads, &Team::new(1)).expect_err("other shapes");
    assert_eq!(
        error.to_string(),
        "Stepper::step: parameter `first.weight` has shape [5, 3], but the stepper was made for [4, 3] there; \
         make a stepper for this network"
    );
    let mut less = network().0;
    less.second.bias = Tensor::absent();
    let mut grads = less.grads();
    let error = stepper.step(&mut less, &mut grads, &Team::new(1)).expect_err("fewer parameters");
    assert!(error.to_string().contains("has 3 parameters, but the stepper was made for 4"), "{error}");
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let refused = |stepper: Stepper<Two, Sgd>, message: &str| {
        let error = stepper.check().expect_err("makes no sense");
        assert!(matches!(error, Error::Argument { .. }));
        assert_eq!(error.to_string(), message);
    };
    let (net, _) = network();
    let stepper = || sgd().stepper(&net);
    assert!(stepper().check().is_ok());
    refused(stepper().clip_norm(0.0), "Clip::norm: 0 makes no sense; use a number above 0");
    refused(stepper().clip_value(-1.0), "Clip::value: -1 makes no sense; use a number above 0");
    refused(
        stepper().penalty(Penalty { l1: -1.0, l2: 0.0 }),
        "Penalty::l1: -1 makes no sense; use a number of 0 or more",
    );
    let second = LayerSettings { lr: -1.0, ..LayerSettings::TRAINED };
    refused(
        stepper().layers(TwoPerLayer { first: LayerSettings::FROZEN, second }),
        "LayerSettings::lr: layer `second`: -1 makes no sense; use a number of 0 or more",
    );
}

#[test]
fn numbers_are_checked_as_the_kernels_see_them() {
    // Just below 1, and 1 as an `f32`.
    let (least, most) = (0.999_999_99, 0.999_999_9);
    fn told(optimizer: impl Optimizer) -> String {
        optimizer.check().map_or_else(|error| error.to_string(), |()| "fine".to_owned())
    }
    let betas = |beta: f64| {
        [
            told(Adam { beta1: beta, ..Adam::default() }),
            told(Adam { beta2: beta, ..Adam::default() }),
            told(AdamW { beta1: beta, ..AdamW::default() }),
            told(AdamW { beta2: beta, ..AdamW::default() }),
            told(Adamax { beta1: beta, ..Adamax::default() }),
            told(Adamax { beta2: beta, ..Adamax::default() }),
            told(NAdam { beta1: beta, ..NAdam::default() }),
            told(NAdam { beta2: beta, ..NAdam::default() }),
            told(RAdam { beta1: beta, ..RAdam::default() }),
            told(RAdam { beta2: beta, ..RAdam::default() }),
            told(Lion { beta1: beta, ..Lion::default() }),
            told(Lion { beta2: beta, ..Lion::default() }),
            told(RmsProp { alpha: beta, ..RmsProp::default() }),
            told(Adadelta { rho: beta, ..Adadelta::default() }),
        ]
    };
    assert_eq!(betas(most), ["fine"; 14]);
    assert!(betas(least).iter().all(|told| told.ends_with(": 0.99999999 is 1 as an `f32`; use at most 0.9999999")));
    assert_eq!(
        told(Adam { lr: 1e39, ..Adam::default() }).split(';').next(),
        Some("Adam::lr: 1e39 is too large for an `f32`")
    );
    // The largest that is allowed leaves weights finite.
    let (mut net, mut grads) = network();
    let mut stepper = Adam { beta1: most, beta2: most, ..Adam::default() }.stepper(&net);
    for _ in 0..3 {
        stepper.step(&mut net, &mut grads, &Team::new(1)).expect("a step");
    }
    assert!(net.values().iter().all(|value| value.is_finite()));
}

#[test]
fn a_schedule_that_gives_no_learning_rate_is_an_error_of_its_step() {
    for (bad, shown) in [(f64::NAN, "NaN"), (-0.5, "-0.5"), (f64::INFINITY, "inf")] {
        let schedule = move |step: u64| if step == 1 { bad } else { 1.0 };
        let all = TwoPerLayer { first: true, second: false };
        for own in [false, true] {
            let (mut net, mut grads) = network();
            let stepper = Adam::default().stepper(&net).penalty(Penalty { l1: 0.1, l2: 0.0 });
            let mut stepper = if own { stepper.schedule_layers(all, schedule) } else { stepper.schedule(schedule) };
            stepper.step(&mut net, &mut grads, &Team::new(1)).expect("the first step");
            let before = (net.values(), values(&mut grads), stepper.steps());
            let told = stepper.step(&mut net, &mut grads, &Team::new(1)).expect_err("no rate").to_string();
            let what = if own { "Stepper::schedule_layers" } else { "Stepper::schedule" };
            assert!(told.starts_with(&format!("{what}: the factor for step 1 is {shown}, ")), "{told}");
            assert!((net.values(), values(&mut grads), stepper.steps()) == before, "{told}");
        }
    }
}
