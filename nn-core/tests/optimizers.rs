//! Every optimiser: twelve updates against PyTorch, numbers that make no sense, and serde.

mod common;

use nn_core::optim::*;
use nn_core::{Error, Layout, Parameters, Shape, Team, Tensor, parameters};
use serde::{Serialize, de::DeserializeOwned};

struct One {
    weight: Tensor,
}
parameters! { impl[] One, OneGrads { weight }, count = 0 }

impl One {
    fn new(values: &[f32]) -> Self {
        let mut weight = Tensor::zeros(Shape::new(&[values.len()]), Layout::Plain);
        weight.set(values).expect("as many values as elements");
        Self { weight }
    }
}

/// The weights after each of some updates, one after the other.
fn run(optimizer: impl Optimizer, start: &[f32], gradients: &[f32]) -> Vec<f32> {
    let (mut net, team) = (One::new(start), Team::new(1));
    let (mut grads, mut stepper) = (net.grads(), optimizer.stepper(&net));
    let mut after = Vec::new();
    for gradient in gradients.chunks(start.len()) {
        grads.weight.set(gradient).expect("as many values as elements");
        stepper.step(&mut net, &mut grads, &team).expect("the numbers make sense");
        after.extend_from_slice(net.weight.values());
    }
    after
}

#[track_caller]
fn check(name: &str, optimizer: impl Optimizer) {
    let case = common::case(&format!("optim_{name}"));
    let after = run(optimizer, case.floats("start"), case.floats("gradients"));
    case.assert_close("after_step", &after, 1e-5);
}

#[test]
fn sgd() {
    check("sgd", Sgd { lr: 0.1, ..Sgd::default() });
    check("sgd_momentum", Sgd { lr: 0.1, momentum: 0.9, ..Sgd::default() });
    check("sgd_nesterov", Sgd { lr: 0.1, momentum: 0.9, nesterov: true, weight_decay: 0.01, ..Sgd::default() });
}

#[test]
fn adam() {
    check("adam", Adam { lr: 0.01, ..Adam::default() });
    check("adam_amsgrad", Adam { lr: 0.01, amsgrad: true, ..Adam::default() });
    check("adamw", AdamW { lr: 0.01, weight_decay: 0.1, ..AdamW::default() });
}

#[test]
fn rmsprop() {
    check("rmsprop", RmsProp { lr: 0.01, ..RmsProp::default() });
    let centered = RmsProp { lr: 0.01, alpha: 0.9, momentum: 0.9, centered: true, ..RmsProp::default() };
    check("rmsprop_momentum", centered);
}

#[test]
fn others() {
    check("adagrad", Adagrad { lr: 0.1, ..Adagrad::default() });
    check("adadelta", Adadelta::default());
    check("nadam", NAdam::default());
    check("radam", RAdam::default());
    check("adamax", Adamax::default());
}

/// The paper's pseudo-code for one number, in `f64`.
#[test]
fn lion() {
    let case = common::case("optim_adam");
    let (start, gradients) = (case.floats("start"), case.floats("gradients"));
    let lion = Lion { lr: 0.01, beta1: 0.9, beta2: 0.99, weight_decay: 0.1 };
    let mut expected = vec![0.0; gradients.len()];
    for (i, &start) in start.iter().enumerate() {
        let (mut w, mut m) = (f64::from(start), 0.0);
        for step in 0..gradients.len() / 23 {
            let g = f64::from(gradients[step * 23 + i]);
            let direction: f64 = 0.9 * m + 0.1 * g;
            w -= 0.01 * (direction.signum() + 0.1 * w);
            m = 0.99 * m + 0.01 * g;
            expected[step * 23 + i] = w as f32;
        }
    }
    common::assert_close("lion", &run(lion, start, gradients), &expected, 1e-5);
    // No gradient, no direction.
    assert_eq!(run(Lion { weight_decay: 0.0, ..lion }, &[1.0], &[0.0, 0.0]), [1.0, 1.0]);
}

/// The weight after one update from 0.5.
fn one_update(optimizer: impl Optimizer, gradient: f32) -> f32 {
    run(optimizer, &[0.5], &[gradient])[0]
}

#[test]
fn weight_decay_goes_through_the_gradient() {
    // A decay of 0.25 at 0.5 makes 2.125 of the gradient 2.
    macro_rules! check {
        ($($optimizer:ident),*) => {$(
            // A large epsilon, so that the step depends on the size of the gradient.
            let without = $optimizer { eps: 1.0, weight_decay: 0.0, ..$optimizer::default() };
            let with = $optimizer { weight_decay: 0.25, ..without };
            assert_eq!(one_update(with, 2.0), one_update(without, 2.125), "{}", $optimizer::NAME);
            assert_ne!(one_update(with, 2.0), one_update(without, 2.0), "{}", $optimizer::NAME);
        )*};
    }
    check!(Adam, RmsProp, Adagrad, Adadelta, NAdam, RAdam, Adamax);
    let sgd = Sgd { weight_decay: 0.25, ..Sgd::default() };
    assert_eq!(one_update(sgd, 2.0), one_update(Sgd::default(), 2.125));
}

#[test]
fn decoupled_weight_decay_does_not() {
    // 0.5 · (1 − 0.1 · 0.25) before the same step.
    let shrunk = |with: f32, without: f32| common::assert_close("weight", &[with], &[without - 0.0125], 1e-6);
    let adamw = AdamW { lr: 0.1, weight_decay: 0.0, ..AdamW::default() };
    shrunk(one_update(AdamW { weight_decay: 0.25, ..adamw }, 2.0), one_update(adamw, 2.0));
    let lion = Lion { lr: 0.1, weight_decay: 0.0, ..Lion::default() };
    shrunk(one_update(Lion { weight_decay: 0.25, ..lion }, 2.0), one_update(lion, 2.0));
    let nadam = NAdam { lr: 0.1, decoupled_weight_decay: true, ..NAdam::default() };
    shrunk(one_update(NAdam { weight_decay: 0.25, ..nadam }, 2.0), one_update(nadam, 2.0));
    let radam = RAdam { lr: 0.1, decoupled_weight_decay: true, ..RAdam::default() };
    shrunk(one_update(RAdam { weight_decay: 0.25, ..radam }, 2.0), one_update(radam, 2.0));
}

#[test]
fn sgd_dampens_from_the_second_update_on() {
    let sgd = Sgd { lr: 1.0, momentum: 0.5, dampening: 0.25, ..Sgd::default() };
    // b = 1, then 0.5 · 1 + 0.75 · 1.
    assert_eq!(run(sgd, &[0.0], &[1.0, 1.0]), [-1.0, -2.25]);
}

#[test]
fn adagrad_decays_its_rate_and_starts_where_it_is_told() {
    let adagrad = Adagrad { lr: 1.0, lr_decay: 1.0, initial_accumulator_value: 3.0, ..Adagrad::default() };
    // 1 / √4, then 1/2 / √5.
    let expected = [-0.5, -0.5 - 0.5 / 5.0_f32.sqrt()];
    common::assert_close("adagrad", &run(adagrad, &[0.0], &[1.0, 1.0]), &expected, 1e-6);
}

#[test]
fn radam_divides_when_its_averages_mean_something() {
    // With beta2 = 0.9, ρ passes 5 at the ninth update; until then a constant gradient gives steps of exactly lr · g.
    let radam = RAdam { lr: 1.0, beta2: 0.9, ..RAdam::default() };
    let after = run(radam, &[0.0], &[0.5; 12]);
    let steps: Vec<f32> = std::iter::once(-after[0]).chain(after.windows(2).map(|w| w[0] - w[1])).collect();
    let divided = steps.iter().position(|step| (step - 0.5).abs() > 1e-3);
    let rho = |t: f64| 19.0 - 2.0 * t * 0.9_f64.powf(t) / (1.0 - 0.9_f64.powf(t));
    let expected = (1..=12).position(|t| rho(f64::from(t)) > 5.0);
    assert_eq!(divided, expected);
    assert!(expected.is_some());
}

#[track_caller]
fn refused(optimizer: impl Optimizer, message: &str) {
    let mut net = One::new(&[1.0]);
    let (mut grads, mut stepper) = (net.grads(), optimizer.stepper(&net));
    grads.weight.values_mut()[0] = 1.0;
    let error = stepper.step(&mut net, &mut grads, &Team::new(1)).expect_err("makes no sense");
    assert!(matches!(error, Error::Argument { .. }));
    assert_eq!(error.to_string(), message);
    assert_eq!(net.weight.values(), [1.0]);
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    refused(Sgd { lr: -0.1, ..Sgd::default() }, "Sgd::lr: -0.1 makes no sense; use a number of 0 or more");
    refused(
        Sgd { nesterov: true, ..Sgd::default() },
        "Sgd::nesterov: Nesterov's momentum needs a `momentum` above 0 and a `dampening` of 0",
    );
    refused(
        Adam { beta2: 1.0, ..Adam::default() },
        "Adam::beta2: 1 is no rate of a moving average; use a number of 0 or more and below 1",
    );
    refused(
        AdamW { weight_decay: f64::NAN, ..AdamW::default() },
        "AdamW::weight_decay: NaN makes no sense; use a number of 0 or more",
    );
    refused(
        RmsProp { alpha: -1.0, ..RmsProp::default() },
        "RmsProp::alpha: -1 is no rate of a moving average; use a number of 0 or more and below 1",
    );
    refused(Adagrad { eps: -1.0, ..Adagrad::default() }, "Adagrad::eps: -1 makes no sense; use a number of 0 or more");
    refused(
        Adadelta { rho: 2.0, ..Adadelta::default() },
        "Adadelta::rho: 2 is no rate of a moving average; use a number of 0 or more and below 1",
    );
    refused(
        NAdam { momentum_decay: -1.0, ..NAdam::default() },
        "NAdam::momentum_decay: -1 makes no sense; use a number of 0 or more",
    );
    refused(
        RAdam { lr: f64::INFINITY, ..RAdam::default() },
        "RAdam::lr: inf makes no sense; use a number of 0 or more",
    );
    refused(
        Adamax { beta1: 1.5, ..Adamax::default() },
        "Adamax::beta1: 1.5 is no rate of a moving average; use a number of 0 or more and below 1",
    );
    refused(
        Lion { beta1: -0.1, ..Lion::default() },
        "Lion::beta1: -0.1 is no rate of a moving average; use a number of 0 or more and below 1",
    );
}

#[track_caller]
fn serialises<O: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug + Default>(changed: O, partial: &str) {
    let text = serde_json::to_string(&changed).expect("serialises");
    assert_eq!(serde_json::from_str::<O>(&text).expect("deserialises"), changed);
    // What a configuration file leaves out has its default.
    assert_eq!(serde_json::from_str::<O>(partial).expect("deserialises"), changed);
    assert_ne!(O::default(), changed);
}

#[test]
fn configurations_serialise() {
    serialises(Sgd { momentum: 0.9, ..Sgd::default() }, r#"{"momentum": 0.9}"#);
    serialises(Adam { lr: 0.1, ..Adam::default() }, r#"{"lr": 0.1}"#);
    serialises(AdamW { amsgrad: true, ..AdamW::default() }, r#"{"amsgrad": true}"#);
    serialises(RmsProp { centered: true, ..RmsProp::default() }, r#"{"centered": true}"#);
    serialises(Adagrad { lr_decay: 0.1, ..Adagrad::default() }, r#"{"lr_decay": 0.1}"#);
    serialises(Adadelta { rho: 0.5, ..Adadelta::default() }, r#"{"rho": 0.5}"#);
    serialises(NAdam { beta1: 0.5, ..NAdam::default() }, r#"{"beta1": 0.5}"#);
    serialises(RAdam { beta2: 0.5, ..RAdam::default() }, r#"{"beta2": 0.5}"#);
    serialises(Adamax { eps: 0.5, ..Adamax::default() }, r#"{"eps": 0.5}"#);
    serialises(Lion { weight_decay: 0.5, ..Lion::default() }, r#"{"weight_decay": 0.5}"#);
}
