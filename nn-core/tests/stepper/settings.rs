//! Settings by layer, the learning rate, and what is refused.

use crate::state::checkpoint;
use crate::two::{Two, TwoGrads, TwoPerLayer};
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
    fn told(optimizer: impl Optimizer) -> String {
        optimizer.check().map_or_else(|error| error.to_string(), |()| "fine".to_owned())
    }
    assert_eq!(
        told(Adam { lr: 1e39, ..Adam::default() }).split(';').next(),
        Some("Adam::lr: 1e39 is too large for an `f32`")
    );
    let of_epsilon = |eps| {
        [
            told(Adadelta { eps, ..Adadelta::default() }),
            told(Adagrad { eps, ..Adagrad::default() }),
            told(Adam { eps, ..Adam::default() }),
            told(AdamW { eps, ..AdamW::default() }),
            told(Adamax { eps, ..Adamax::default() }),
            told(NAdam { eps, ..NAdam::default() }),
            told(RAdam { eps, ..RAdam::default() }),
            told(RmsProp { eps, ..RmsProp::default() }),
        ]
    };
    assert_eq!(of_epsilon(1e-30), ["fine"; 8]);
    for (eps, shown) in [(0.0, "0e0"), (1e-50, "1e-50")] {
        let end = format!(
            "::eps: {shown} is 0 as an `f32`, and would divide a gradient of 0 by 0; use a number such as 1e-8"
        );
        assert!(of_epsilon(eps).iter().all(|told| told.ends_with(&end)), "{:?}", of_epsilon(eps));
    }
}

/// With the same gradient in every step, what a mean forgets does not matter to Adam, and RMSprop's is known.
#[test]
fn means_that_hardly_forget_are_as_long_as_they_say() {
    let moved = |step: &mut dyn FnMut(&mut Two, &mut TwoGrads)| {
        let (mut net, mut grads) = network();
        let before = net.values();
        (0..200).for_each(|_| step(&mut net, &mut grads));
        (values(&mut grads), minus(&net.values(), &before))
    };
    let team = Team::new(1);
    for beta in [0.9, 0.999_999, 0.999_999_99] {
        let adam = Adam { lr: 1e-3, beta1: beta, beta2: beta, ..Adam::default() };
        let (net, _) = network();
        let mut stepper = adam.stepper(&net);
        let (gradients, all) = moved(&mut |net, grads| {
            stepper.step(net, grads, &team).expect("a step");
        });
        let wanted: Vec<f32> = gradients.iter().map(|g| -0.2 * g.signum()).collect();
        common::assert_close(&format!("Adam, {beta}"), &all, &wanted, 2e-4);

        let mut stepper = RmsProp { lr: 1e-4, alpha: beta, ..RmsProp::default() }.stepper(&net);
        let (gradients, all) = moved(&mut |net, grads| {
            stepper.step(net, grads, &team).expect("a step");
        });
        let steps = (1..=200).map(|step| 1e-4 / (1.0 - beta.powi(step)).sqrt()).sum::<f64>() as f32;
        let wanted: Vec<f32> = gradients.iter().map(|g| -steps * g.signum()).collect();
        common::assert_close(&format!("RmsProp, {beta}"), &all, &wanted, 2e-3);
    }
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
