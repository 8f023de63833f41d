//! Limits of gradients, their norms, and penalties on weights.

use crate::two::{Two, TwoPerLayer};
use crate::{common, minus, network, sgd, values};
use nn_core::optim::*;
use nn_core::{Parameters, Path, Team, Tensor};

#[test]
fn norm_is_limited_as_by_pytorch() {
    let case = common::case("clip_grad_norm");
    // Three gradients of five: two in a weight and a bias, and one more bias.
    let mut net = Two::new(1, 5, 5);
    let mut grads = net.grads();
    Two::gradients(&mut grads, &Path::ROOT, &mut |path, grad| match path.to_string().as_str() {
        "first.weight" => grad.set(case.floats("gradient0")).expect("five"),
        "first.bias" => grad.set(case.floats("gradient1")).expect("five"),
        "second.bias" => grad.set(case.floats("gradient2")).expect("five"),
        _ => {}
    });
    let mut stepper = sgd().stepper(&net).clip_norm(1.5);
    let stepped = stepper.step(&mut net, &mut grads, &Team::new(1)).expect("a step");
    case.assert_close("norm", &[stepped.norm.expect("a limit") as f32], 1e-6);
    let negative = |tensor: &Tensor| -> Vec<f32> { tensor.values().iter().map(|v| -v).collect() };
    case.assert_close("clipped0", &negative(&net.first.weight), 1e-6);
    case.assert_close("clipped1", &negative(&net.first.bias), 1e-6);
    case.assert_close("clipped2", &negative(&net.second.bias), 1e-6);
}

#[test]
fn small_norms_are_left_alone() {
    let (mut net, mut grads) = network();
    let (start, gradient) = (net.values(), values(&mut grads));
    let mut stepper = sgd().stepper(&net).clip_norm(1e6);
    let stepped = stepper.step(&mut net, &mut grads, &Team::new(1)).expect("a step");
    let norm = gradient.iter().map(|g| f64::from(g * g)).sum::<f64>().sqrt();
    assert!((stepped.norm.expect("a limit") - norm).abs() < 1e-6 * norm);
    assert_eq!(net.values(), minus(&start, &gradient));
}

#[test]
fn values_are_limited_before_the_norm() {
    let (mut net, mut grads) = network();
    let start = net.values();
    let limited: Vec<f32> = values(&mut grads).iter().map(|g| g.clamp(-0.5, 0.5)).collect();
    let norm = limited.iter().map(|g| f64::from(g * g)).sum::<f64>().sqrt();
    let mut stepper = sgd().stepper(&net).clip_value(0.5).clip_norm(1.0);
    let stepped = stepper.step(&mut net, &mut grads, &Team::new(1)).expect("a step");
    assert!((stepped.norm.expect("a limit") - norm).abs() < 1e-6 * norm);
    let expected: Vec<f32> = limited.iter().map(|g| g / norm as f32).collect();
    common::assert_close("step", &minus(&start, &net.values()), &expected, 1e-5);
}

#[test]
fn gradients_that_are_not_finite_stop_a_limited_step() {
    let (mut net, mut grads) = network();
    let start = net.values();
    let mut stepper = Adam::default().stepper(&net).clip_norm(1.0);
    grads.second.weight.values_mut()[3] = f32::NAN;
    let error = stepper.step(&mut net, &mut grads, &Team::new(1)).expect_err("a NaN");
    assert!(error.to_string().starts_with("step 0: the gradient of `second.weight` is not finite (NaN); "), "{error}");
    assert_eq!((net.values(), stepper.steps()), (start, 0));
    // That of a frozen layer does not matter.
    let mut stepper = stepper.layers(TwoPerLayer { first: LayerSettings::TRAINED, second: LayerSettings::FROZEN });
    assert!(stepper.step(&mut net, &mut grads, &Team::new(1)).is_ok());
}

#[test]
fn penalties_are_those_of_keras() {
    let (mut net, mut grads) = network();
    net.first.weight.values_mut()[0] = 0.0;
    let (start, gradient) = (net.values(), values(&mut grads));
    let layers = TwoPerLayer {
        second: LayerSettings { penalty: 2.0, ..LayerSettings::TRAINED },
        ..Two::per_layer(LayerSettings::TRAINED)
    };
    let mut stepper = sgd().stepper(&net).penalty(Penalty { l1: 0.1, l2: 0.01 }).layers(layers);
    let stepped = stepper.step(&mut net, &mut grads, &Team::new(1)).expect("a step");
    // Weights: 12 of the first layer, then, after 4 biases, 8 of the second, then 2 biases.
    let factors: Vec<f32> = (0..26)
        .map(|i| match i {
            0..12 => 1.0,
            16..24 => 2.0,
            _ => 0.0,
        })
        .collect();
    let (mut penalty, mut expected) = (0.0, Vec::new());
    for ((w, g), factor) in start.iter().zip(&gradient).zip(&factors) {
        penalty += f64::from(factor * (0.1 * w.abs() + 0.01 * w * w));
        let sign = if *w == 0.0 { 0.0 } else { w.signum() };
        expected.push(g + factor * (0.1 * sign + 0.02 * w));
    }
    assert!((stepped.penalty - penalty).abs() < 1e-6, "{} instead of {penalty}", stepped.penalty);
    common::assert_close("step", &minus(&start, &net.values()), &expected, 1e-6);
}

#[test]
fn norms_by_layer() {
    let (mut net, mut grads) = network();
    let settings = TwoPerLayer { first: LayerSettings::FROZEN, second: LayerSettings::TRAINED };
    let stepper = sgd().stepper(&net).layers(settings);
    let norms = stepper.gradient_norms(&mut net, &mut grads, &Team::new(1));
    let second: f64 = values(&mut grads)[16..].iter().map(|g| f64::from(g * g)).sum();
    assert_eq!(norms.first, 0.0);
    assert!((norms.second - second.sqrt()).abs() < 1e-6);
    assert_eq!(stepper.gradient_norm(&mut net, &mut grads, &Team::new(1)), norms.second);
}
