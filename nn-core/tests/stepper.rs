//! What goes around the update: settings by layer, limits, penalties, schedules, state.

mod common;

#[path = "common/two.rs"]
mod two;

use nn_core::optim::*;
use nn_core::schedule::{Exponential, Schedule, Step};
use nn_core::storage::Checkpoint;
use nn_core::{Error, Parameters, Path, Shape, Team, Tensor};
use two::{Two, TwoGrads, TwoPerLayer};

/// A network and gradients of numbers without a pattern, each its own.
fn network() -> (Two, TwoGrads) {
    let mut net = Two::new(3, 4, 2);
    net.set(|path, i| ((path.len() * 7 + i * 5) % 11) as f32 * 0.1 - 0.45);
    let mut grads = net.grads();
    fill(&mut grads, 0);
    (net, grads)
}

/// Gradients as a backward pass of some step would leave them.
fn fill(grads: &mut TwoGrads, step: usize) {
    Two::gradients(grads, &Path::ROOT, &mut |path, grad| {
        let path = path.to_string().len();
        for (i, g) in grad.values_mut().iter_mut().enumerate() {
            *g = ((path * 3 + i * 7 + step * 5) % 13) as f32 * 0.2 - 1.1;
        }
    });
}

fn sgd() -> Sgd {
    Sgd { lr: 1.0, ..Sgd::default() }
}

fn values(gradients: &mut TwoGrads) -> Vec<f32> {
    let mut all = Vec::new();
    Two::gradients(gradients, &Path::ROOT, &mut |_, grad| all.extend_from_slice(grad.values()));
    all
}

fn minus(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

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

/// The state of a stepper alone.
fn checkpoint<O: Optimizer>(stepper: &Stepper<Two, O>, net: &Two) -> Checkpoint {
    let mut checkpoint = Checkpoint::new();
    stepper.save_state(net, &mut checkpoint).expect("nothing else is there");
    checkpoint
}

/// A stepper with everything in it that a run can leave behind.
fn rich(net: &Two) -> Stepper<Two, NAdam> {
    let schedule = Step { every: 3, gamma: 0.5 }.warmup(2);
    NAdam { lr: 0.01, ..NAdam::default() }.stepper(net).clip_norm(1.0).schedule(schedule)
}

#[test]
fn goes_on_where_it_was() {
    let team = Team::new(1);
    let (mut net, mut grads) = network();
    let mut stepper = rich(&net);
    let mut go = |net: &mut Two, stepper: &mut Stepper<Two, NAdam>, steps: std::ops::Range<usize>| {
        for step in steps {
            let first = LayerSettings { train: step > 2, ..LayerSettings::TRAINED };
            stepper.set_layers(TwoPerLayer { first, second: LayerSettings::TRAINED });
            fill(&mut grads, step);
            stepper.step(net, &mut grads, &team).expect("a step");
        }
    };
    go(&mut net, &mut stepper, 0..7);
    stepper.set_lr_factor(0.7);

    let mut saved = checkpoint(&stepper, &net);
    saved.add_network(&net).expect("other names");
    let saved = Checkpoint::from_bytes(&saved.to_bytes().expect("bytes")).expect("a checkpoint");
    let mut again = Two::new(3, 4, 2);
    let mut resumed = rich(&again);
    resumed.load_state(&again, &saved).expect("the same network");
    saved.load_network(&mut again).expect("the same network");

    go(&mut net, &mut stepper, 7..15);
    go(&mut again, &mut resumed, 7..15);
    assert_eq!(net.values(), again.values());
    let bytes = |stepper, net| checkpoint(stepper, net).to_bytes().expect("bytes");
    assert_eq!(bytes(&stepper, &net), bytes(&resumed, &again));
}

#[test]
fn state_has_the_names_and_order_of_pytorch() {
    let (mut net, mut grads) = network();
    let mut stepper = Adam { beta1: 0.0, amsgrad: true, ..Adam::default() }.stepper(&net);
    stepper.step(&mut net, &mut grads, &Team::new(1)).expect("a step");
    let state = checkpoint(&stepper, &net);
    let names: Vec<&str> = state.names().collect();
    let expected = ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"];
    assert_eq!(names[..3], expected.map(|name| format!("optimizer.first.weight.{name}")));
    assert_eq!(names[9..], expected.map(|name| format!("optimizer.second.bias.{name}")));
    let shapes: Vec<_> = names.iter().map(|&name| (name.to_owned(), state.shape(name).expect("there"))).collect();
    assert_eq!(stepper.state_shapes(&net), shapes);
    // With beta1 = 0 the first moment is the gradient, which the file has as [out, in].
    let (first, gradient) = (state.values(names[0]).expect("there"), &grads.first.weight);
    assert_eq!((shapes[0].1, first), (Shape::new(&[4, 3]), &*gradient.to_vec()));
    assert_ne!(first, gradient.values());
}

#[test]
fn a_state_that_does_not_fit_is_refused_as_a_whole() {
    let (mut net, mut grads) = network();
    let momentum = Sgd { momentum: 0.9, ..sgd() };
    let mut stepper = momentum.stepper(&net);
    stepper.step(&mut net, &mut grads, &Team::new(1)).expect("a step");
    let good = checkpoint(&stepper, &net);
    let progress: serde_json::Value = good.get("optimizer").expect("there");
    // The same checkpoint with tensors renamed or reshaped, and with other progress.
    type Change<'a> = &'a dyn Fn(&str, Shape) -> Option<(String, Shape)>;
    let refused = |change: Change<'_>, progress: &serde_json::Value| {
        let mut other = Checkpoint::new();
        for name in good.names() {
            let (shape, values) = (good.shape(name).expect("there"), good.values(name).expect("there"));
            if let Some((name, shape)) = change(name, shape) {
                other.insert(name, shape, values.to_vec()).expect("a tensor");
            }
        }
        other.set("optimizer", progress).expect("a value");
        let mut fresh = momentum.stepper(&net);
        let before = checkpoint(&fresh, &net).to_bytes().expect("bytes");
        let error = fresh.load_state(&net, &other).expect_err("does not fit");
        assert_eq!(checkpoint(&fresh, &net).to_bytes().expect("bytes"), before, "half loaded");
        error
    };
    let error = refused(
        &|name, shape| match name {
            "optimizer.first.weight.momentum_buffer" => Some((name.to_owned(), Shape::new(&[3, 4]))),
            "optimizer.first.bias.momentum_buffer" => Some(("optimizer.first.bias.exp_avg".to_owned(), shape)),
            "optimizer.second.bias.momentum_buffer" => None,
            _ => Some((name.to_owned(), shape)),
        },
        &progress,
    );
    let Error::Mismatch { report, .. } = error else { panic!("{error}") };
    assert_eq!(report.missing, ["optimizer.first.bias.momentum_buffer", "optimizer.second.bias.momentum_buffer"]);
    assert_eq!(report.unexpected, ["optimizer.first.bias.exp_avg"]);
    assert_eq!(report.mis_shaped.len(), 1);
    assert_eq!(report.mis_shaped[0].name, "optimizer.first.weight.momentum_buffer");

    let same = |name: &str, shape| Some((name.to_owned(), shape));
    let mut other = progress.clone();
    other["optimizer"] = "adam".into();
    let message = refused(&same, &other).to_string();
    assert!(message.ends_with("it has the state of adam, but the optimiser is sgd"), "{message}");
    let mut other = progress.clone();
    other["updates"].as_object_mut().expect("a map").remove("second.bias");
    let message = refused(&same, &other).to_string();
    assert!(message.ends_with("it does not say how often `second.bias` was updated"), "{message}");
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

/// Relu between the two maps, cross-entropy after them, in plain loops: the loss, and the gradients.
fn backward(net: &Two, grads: &mut TwoGrads, x: &[f32], targets: &[i32]) -> f32 {
    let [w1, b1, w2, b2] =
        [&net.first.weight, &net.first.bias, &net.second.weight, &net.second.bias].map(Tensor::to_vec);
    let (inputs, hidden, outputs, batch) = (w1.len() / b1.len(), b1.len(), b2.len(), targets.len() as f32);
    let mut g = [vec![0.0; w1.len()], vec![0.0; hidden], vec![0.0; w2.len()], vec![0.0; outputs]];
    let mut loss = 0.0;
    for (x, &target) in x.chunks(inputs).zip(targets) {
        let dot = |row: &[f32], x: &[f32]| row.iter().zip(x).map(|(w, x)| w * x).sum::<f32>();
        let h: Vec<f32> = (0..hidden).map(|j| (dot(&w1[j * inputs..][..inputs], x) + b1[j]).max(0.0)).collect();
        let z: Vec<f32> = (0..outputs).map(|k| dot(&w2[k * hidden..][..hidden], &h) + b2[k]).collect();
        let sum: f32 = z.iter().map(|z| z.exp()).sum();
        loss -= (z[target as usize] - sum.ln()) / batch;
        let mut dh = vec![0.0; hidden];
        for k in 0..outputs {
            let dz = (z[k].exp() / sum - f32::from(u8::from(k == target as usize))) / batch;
            g[3][k] += dz;
            for j in 0..hidden {
                g[2][k * hidden + j] += dz * h[j];
                dh[j] += dz * w2[k * hidden + j];
            }
        }
        for j in (0..hidden).filter(|&j| h[j] > 0.0) {
            g[1][j] += dh[j];
            for i in 0..inputs {
                g[0][j * inputs + i] += dh[j] * x[i];
            }
        }
    }
    let mut values = g.into_iter();
    Two::gradients(grads, &Path::ROOT, &mut |_, grad| {
        grad.set(&values.next().expect("four")).expect("as long");
    });
    loss
}

#[test]
fn groups_train_as_in_pytorch() {
    let case = common::case("train_groups");
    let mut net = Two::new(20, 16, 5);
    net.set(|path, i| {
        let name = path.replace("first", "start.0").replace("second", "start.2");
        case.floats(&name)[i]
    });
    let (mut grads, team) = (net.grads(), Team::new(1));
    let settings = |lr| LayerSettings { lr, ..LayerSettings::TRAINED };
    let layers = TwoPerLayer { first: settings(0.1), second: settings(10.0) };
    let mut stepper = AdamW { lr: 1e-3, weight_decay: 0.01, ..AdamW::default() }.stepper(&net).layers(layers);
    let mut losses = Vec::new();
    for step in 0..30 {
        let rows = step % 4 * 16;
        let (x, targets) = (&case.floats("x")[rows * 20..][..16 * 20], &case.integers("target")[rows..][..16]);
        losses.push(backward(&net, &mut grads, x, targets));
        stepper.step(&mut net, &mut grads, &team).expect("a step");
    }
    case.assert_close("losses", &losses, 1e-5);
    case.assert_close("end.0.weight", &net.first.weight.to_vec(), 1e-4);
    case.assert_close("end.0.bias", &net.first.bias.to_vec(), 1e-4);
    case.assert_close("end.2.weight", &net.second.weight.to_vec(), 1e-4);
    case.assert_close("end.2.bias", &net.second.bias.to_vec(), 1e-4);
}
