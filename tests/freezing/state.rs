//! State: parameters, running statistics, moments and gradients of frozen layers stay as they are.

use nn::data::Samples;
use nn::loss::CrossEntropy;
use nn::optim::{Adam, LayerSettings, Optimizer, Penalty, Stepper};
use nn::random::Random;
use nn::storage::{Checkpoint, Mode, SafeTensors, load_bytes, to_bytes};
use nn::train::{Fit, Progress, Trainer};
use nn::{Network, Parameters, Workspace, network};

network! {
    #[derive(Clone)]
    struct Net: [6] -> [3] {
        hidden: Dense(16),
        norm: BatchNorm1d,
        act: Relu,
        middle: Dense(8) + Gelu,
        scores: Dense(3),
    }
}

fn data(count: usize) -> Samples<[f32; 6], u32> {
    let mut random = Random::new(1, "freezing");
    let x: Vec<[f32; 6]> = (0..count).map(|_| std::array::from_fn(|_| 3.0 + random.normal() as f32)).collect();
    let labels: Vec<u32> = x.iter().map(|x| (x[0] + x[1] * x[2]).abs() as u32 % 3).collect();
    Samples::new(x, labels).unwrap()
}

/// Everything but the last two lines.
fn prefix_frozen() -> NetPerLayer<LayerSettings> {
    NetPerLayer { hidden: LayerSettings::FROZEN, norm: LayerSettings::FROZEN, ..Net::per_layer(LayerSettings::TRAINED) }
}

/// The bits of everything that belongs to a line: parameters, running statistics, moments.
fn bits(line: &str, net: &Net, optimizer: &Stepper<Net, Adam>) -> Vec<(String, Vec<u32>)> {
    let mut checkpoint = Checkpoint::new();
    checkpoint.add_network(net).unwrap();
    optimizer.save_state(net, &mut checkpoint).unwrap();
    let names: Vec<String> = checkpoint.names().map(str::to_owned).filter(|name| name.contains(line)).collect();
    let bits = |name: &String| checkpoint.values(name).unwrap().iter().map(|value| value.to_bits()).collect();
    names.iter().map(|name| (name.clone(), bits(name))).collect()
}

#[test]
fn parameters_moments_and_gradients_of_frozen_layers_stay_as_they_are() {
    let data = data(64);
    let (mut net, mut workspace) = (Net::seeded(1), Workspace::new(16));
    let mut gradients = net.grads();
    let mut optimizer = Adam::default().stepper(&net).clip_norm(1.0).penalty(Penalty { l1: 1e-3, l2: 1e-3 });
    let mut steps = |net: &mut Net, gradients: &mut NetGrads, layers, optimizer: &mut Stepper<Net, Adam>| {
        optimizer.set_layers(layers);
        workspace.set_trainable(optimizer.trained());
        for rows in [0..16, 16..32, 32..48, 48..64] {
            let scored = workspace.forward_train(net, &data.x()[rows.clone()]).loss(&CrossEntropy, &data.y()[rows]);
            scored.backward(gradients);
            optimizer.step(net, gradients, workspace.team()).unwrap();
            workspace.commit(net);
        }
    };
    let trained = Net::per_layer(LayerSettings::TRAINED);
    steps(&mut net, &mut gradients, trained, &mut optimizer);
    let (hidden, norm, middle) = ["hidden.", "norm.", "middle."].map(|line| bits(line, &net, &optimizer)).into();
    assert_eq!((hidden.len(), norm.len(), middle.len()), (6, 8, 6), "{norm:?}");

    // What nobody computes stays what it was: NaN, which would show everywhere.
    gradients.hidden.weight.values_mut().fill(f32::NAN);
    gradients.norm.bias.values_mut().fill(f32::NAN);
    steps(&mut net, &mut gradients, prefix_frozen(), &mut optimizer);
    assert_eq!(bits("hidden.", &net, &optimizer), hidden);
    assert_eq!(bits("norm.", &net, &optimizer), norm);
    let moved = bits("middle.", &net, &optimizer);
    assert!(moved.iter().zip(&middle).all(|(a, b)| a != b), "what learns moves");
    assert!(gradients.hidden.weight.values().iter().chain(gradients.norm.bias.values()).all(|g| g.is_nan()));

    steps(&mut net, &mut gradients, trained, &mut optimizer);
    for (before, line) in [(hidden, "hidden."), (norm, "norm.")] {
        assert!(bits(line, &net, &optimizer).iter().zip(&before).all(|(a, b)| a != b), "`{line}` learns again");
    }
}

#[test]
fn frozen_batch_normalisation_uses_its_running_statistics_and_keeps_them() {
    let data = data(64);
    let mut net = Net::seeded(2);
    let mut workspace = Workspace::new(64);
    // Statistics that are not those of the batch.
    for step in 0..3 {
        let _ = workspace.forward_train(&net, &data.x()[step * 16..(step + 1) * 16]);
        workspace.commit(&mut net);
    }
    let (mean, var) = (net.norm.running_mean.to_vec(), net.norm.running_var.to_vec());
    let expected = net.predict(data.x());

    workspace.set_trainable(NetPerLayer { norm: false, ..Net::per_layer(true) });
    let frozen = workspace.forward_train(&net, data.x()).output().to_vec();
    workspace.commit(&mut net);
    assert_eq!(frozen, *expected);
    assert_eq!((net.norm.running_mean.to_vec(), net.norm.running_var.to_vec()), (mean.clone(), var.clone()));

    workspace.set_trainable(Net::per_layer(true));
    let trained = workspace.forward_train(&net, data.x()).output().to_vec();
    workspace.commit(&mut net);
    assert_ne!(trained, *expected);
    assert!(net.norm.running_mean.to_vec() != mean && net.norm.running_var.to_vec() != var);
}

fn fit() -> Fit<'static, [f32; 6], u32> {
    Fit { epochs: 4, batch_size: 16, progress: Progress::Silent, ..Fit::default() }
}

#[test]
fn a_trainer_leaves_frozen_layers_alone() {
    let start = Net::seeded(3);
    let mut trainer = Trainer::new(start.clone(), CrossEntropy, Adam::default()).layers(prefix_frozen());
    trainer.fit(&data(100), &fit()).unwrap();
    let (before, after) = (to_bytes(&start).unwrap(), to_bytes(trainer.network()).unwrap());
    let (before, after) = (SafeTensors::from_bytes(&before).unwrap(), SafeTensors::from_bytes(&after).unwrap());
    for name in before.names() {
        let same = before.bytes(name) == after.bytes(name);
        assert_eq!(same, name.starts_with("hidden.") || name.starts_with("norm."), "{name}");
    }
}

network! {
    struct Head: [8] -> [3] { scores: Dense(3) }

    struct Body: [6] -> [8] {
        hidden: Dense(16),
        norm: BatchNorm1d,
        act: Relu,
        middle: Dense(8) + Gelu,
    }
}

#[test]
fn a_head_on_a_frozen_body_learns_as_it_does_on_the_bodys_outputs() {
    let data = data(100);
    let mut net = Net::seeded(4);
    let mut workspace = Workspace::new(100);
    let _ = workspace.forward_train(&net, data.x());
    workspace.commit(&mut net);

    // The same parameters in two networks.
    let bytes = to_bytes(&net).unwrap();
    let (mut head, mut body) = (Head::seeded(0), Body::seeded(0));
    for report in
        [load_bytes(&mut head, &bytes, Mode::Partial).unwrap(), load_bytes(&mut body, &bytes, Mode::Partial).unwrap()]
    {
        assert!(report.missing.is_empty() && report.mis_shaped.is_empty(), "{report}");
    }
    let outputs = Samples::<[f32; 8], u32>::new(body.predict(data.x()), data.y().to_vec()).unwrap();

    let layers = NetPerLayer { scores: LayerSettings::TRAINED, ..Net::per_layer(LayerSettings::FROZEN) };
    let optimizer = Adam { lr: 0.01, ..Adam::default() };
    let mut whole = Trainer::new(net, CrossEntropy, optimizer).layers(layers);
    let mut alone = Trainer::new(head, CrossEntropy, optimizer);
    let history = whole.fit(&data, &fit()).unwrap();
    let expected =
        alone.fit(&outputs, &Fit { epochs: 4, batch_size: 16, progress: Progress::Silent, ..Fit::default() }).unwrap();
    let losses = history.values("loss").into_iter().zip(expected.values("loss"));
    for (found, expected) in losses {
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }
    let (found, expected) = (&whole.network().scores.weight, &alone.network().scores.weight);
    assert!(found.values().iter().zip(expected.values()).all(|(a, b)| (a - b).abs() < 1e-5), "{found:?} {expected:?}");
}

#[test]
fn a_network_of_which_nothing_learns_stays_as_it_is() {
    let start = Net::seeded(5);
    let frozen = Net::per_layer(LayerSettings::FROZEN);
    let trainer = || Trainer::new(start.clone(), CrossEntropy, Adam::default()).layers(frozen).clip_norm(1.0);
    assert!(trainer().fit(&data(50), &fit()).unwrap_err().to_string().contains("nothing learns"));
    // A callback might let something learn.
    let mut trainer = trainer().on_epoch_end(|_| ());
    let history = trainer.fit(&data(50), &fit()).unwrap();
    assert!(to_bytes(trainer.network()).unwrap() == to_bytes(&start).unwrap());
    let losses = history.values("loss");
    assert!(losses.iter().all(|loss| (loss - losses[0]).abs() < 1e-6), "{losses:?}");
}
