//! The state of a stepper in a checkpoint.

use crate::two::{Two, TwoPerLayer};
use crate::{fill, network, sgd};
use nn_core::optim::*;
use nn_core::schedule::{Schedule, Step};
use nn_core::storage::Checkpoint;
use nn_core::{Error, Shape, Team};

/// The state of a stepper alone.
pub fn checkpoint<O: Optimizer>(stepper: &Stepper<Two, O>, net: &Two) -> Checkpoint {
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
