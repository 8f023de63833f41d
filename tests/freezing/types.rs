//! Frozen by type: `#[frozen]` takes gradients, state of optimisers and the tape below away, and changes no number.

use nn::check::{Options, gradients};
use nn::data::Samples;
use nn::layers::Frozen;
use nn::loss::CrossEntropy;
use nn::optim::{Adam, Optimizer, Stepper};
use nn::random::Random;
use nn::storage::{Mode, load_bytes, to_bytes};
use nn::train::{Fit, Progress, Trainer};
use nn::{Layer, Network, Parameters, Path, Role, Size, Value, Workspace, network};

network! {
    struct Features: [6] -> [8] {
        stem: Dense(16) + Tanh,
        norm: BatchNorm1d,
        body: Residual { fc: Dense(16) + Gelu },
        out: Dense(8) + Relu,
    }

    struct Open: [6] -> [3] {
        features: Features,
        drop: Dropout(0.25),
        hidden: Dense(12) + Relu,
        scores: Dense(3),
    }

    /// [`Open`] with everything at the bottom frozen, and a line between lines that learn.
    struct Prefix: [6] -> [3] {
        #[frozen]
        features: Features,
        drop: Dropout(0.25),
        hidden: Dense(12) + Relu,
        scores: Dense(3),
    }

    struct Middle: [6] -> [3] {
        features: Features,
        drop: Dropout(0.25),
        #[frozen]
        hidden: Dense(12) + Relu,
        scores: Dense(3),
    }

    struct Everything: [6] -> [3] {
        #[frozen]
        features: Features,
        #[frozen]
        scores: Dense(3),
    }

    struct Noisy: [6] -> [6] { fc: Dense(6), norm: BatchNorm1d, drop: Dropout(0.5) }

    struct OnNoisy: [6] -> [3] {
        #[frozen]
        noisy: Noisy,
        scores: Dense(3),
    }

    /// An adapter in a block that is frozen else.
    struct Block: [6] -> [6] {
        #[frozen]
        fc: Dense(6) + Gelu,
        adapter: Residual { down: Dense(2) + Gelu, up: Dense(6) },
    }

    struct Adapted: [6] -> [3] {
        blocks: [Block; 3],
        #[frozen]
        scores: Dense(3),
    }
}

fn data(count: usize) -> Samples<[f32; 6], u32> {
    let mut random = Random::new(1, "freezing by type");
    let x: Vec<[f32; 6]> = (0..count).map(|_| std::array::from_fn(|_| random.normal() as f32)).collect();
    let labels: Vec<u32> = x.iter().map(|x| (x[0] + x[1] * x[2]).abs() as u32 % 3).collect();
    Samples::new(x, labels).unwrap()
}

/// All tensors under their names, after three epochs.
fn trained<N: Layer<In = [f32; 6], Out = [f32; 3], Gives = nn::Scores>>(
    net: N,
    layers: N::PerLayer<bool>,
) -> Vec<(String, Vec<u32>)> {
    let layers = N::map_layers(layers, &Path::ROOT, &mut |_, train| nn::optim::LayerSettings {
        train,
        ..nn::optim::LayerSettings::TRAINED
    });
    // With a callback, which might let something learn, nothing need learn.
    let adam = Adam { lr: 0.01, ..Adam::default() };
    let mut trainer = Trainer::new(net, CrossEntropy, adam).layers(layers).threads(2).on_epoch_end(|_| ());
    let fit = Fit { epochs: 3, batch_size: 16, progress: Progress::Silent, ..Fit::default() };
    trainer.fit(&data(100), &fit).unwrap();
    let mut all = Vec::new();
    trainer.network().tensors(&Path::ROOT, &mut |path, _, tensor| {
        all.push((path.to_string(), tensor.to_vec().into_iter().map(f32::to_bits).collect()));
    });
    all
}

/// A network that has seen some batches, so that its running statistics say something.
fn start() -> Open {
    let mut net = Open::seeded(3);
    let (data, mut workspace) = (data(64), Workspace::new(64));
    for _ in 0..3 {
        let _ = workspace.forward_train(&net, data.x());
        workspace.commit(&mut net);
    }
    net
}

/// The same tensors in a network of another type.
fn same<N: Layer + Default>(net: &impl Layer) -> N {
    let mut other = N::default();
    let report = load_bytes(&mut other, &to_bytes(net).unwrap(), Mode::Strict).unwrap();
    assert!(report.missing.is_empty());
    other
}

#[test]
fn frozen_by_type_and_by_flag_give_the_same_bits() {
    let net = start();
    let flags = |features, hidden| OpenPerLayer { features: Features::per_layer(features), hidden, scores: true };
    let initial = trained(same::<Open>(&net), Open::per_layer(false));

    let prefix = trained(same::<Prefix>(&net), Prefix::per_layer(true));
    assert_eq!(prefix, trained(same::<Open>(&net), flags(false, true)));
    let middle = trained(same::<Middle>(&net), Middle::per_layer(true));
    assert_eq!(middle, trained(net, flags(true, false)));

    for ((name, before), ((_, prefix), (_, middle))) in initial.iter().zip(prefix.iter().zip(&middle)) {
        assert_eq!(prefix == before, name.starts_with("features."), "{name}");
        assert_eq!(middle == before, name.starts_with("hidden."), "{name}");
    }
}

#[test]
fn what_is_frozen_has_no_gradient_and_no_state() {
    fn names<N: Parameters>(net: &N) -> (Vec<String>, Vec<String>) {
        let (mut gradients, mut frozen) = (Vec::new(), Vec::new());
        N::gradients(&mut net.grads(), &Path::ROOT, &mut |path, _| gradients.push(path.to_string()));
        net.tensors(&Path::ROOT, &mut |path, role, _| {
            if role == Role::Frozen {
                frozen.push(path.to_string());
            }
        });
        let stepper: Stepper<N, Adam> = Adam::default().stepper(net);
        let state: Vec<String> = stepper.state_shapes(net).into_iter().map(|(name, _)| name).collect();
        assert_eq!(state.len(), 2 * gradients.len(), "two moments for each gradient");
        assert!(state.iter().all(|name| gradients.iter().any(|gradient| name.contains(gradient))), "{state:?}");
        (gradients, frozen)
    }
    let head = ["hidden.weight", "hidden.bias", "scores.weight", "scores.bias"];
    let (gradients, frozen) = names(&Prefix::default());
    assert_eq!(gradients, head);
    assert_eq!(frozen.len(), 8);
    assert!(frozen.iter().all(|name| name.starts_with("features.")));
    assert_eq!(
        size_of::<PrefixGrads>(),
        size_of::<<nn::layers::Dense<[f32; 8], [f32; 12]> as Parameters>::Grads>() * 2
    );
    assert_eq!(Prefix::PARAMS, 8 * 12 + 12 + 12 * 3 + 3);
    assert_eq!((Prefix::PARAMS + Prefix::FROZEN_PARAMS, Open::FROZEN_PARAMS), (Open::PARAMS, 0));

    let (gradients, frozen) = names(&Everything::default());
    assert!(gradients.is_empty() && frozen.len() == 10);
    assert_eq!((Everything::PARAMS, Everything::FROZEN_PARAMS), (0, Features::PARAMS + 8 * 3 + 3));
    let () = Everything::default().grads();
    assert_eq!(Adapted::FROZEN_PARAMS, 3 * (6 * 6 + 6) + 6 * 3 + 3);
}

#[test]
fn nothing_is_on_the_tape_below_the_lowest_line_that_learns() {
    // Above it: what `drop` gives, which `hidden` reads, and what `hidden` gives, which `scores` reads.
    const N: usize = 64;
    let values = |lens: &[usize]| lens.iter().fold(Size::NONE, |size, &len| size.plus(Size::per_sample(len)));
    let head = values(&[8, 12]);
    assert_eq!(Prefix::tape(Prefix::per_layer(true), false), head);
    assert_eq!(Everything::tape((), false), Size::NONE);
    // The same for flags, whatever is nested.
    let flags = OpenPerLayer { hidden: true, scores: true, ..Open::per_layer(false) };
    assert_eq!(Open::tape(flags, false), head);
    let scores = OpenPerLayer { scores: true, ..Open::per_layer(false) };
    assert_eq!(Open::tape(scores, false), values(&[12]));
    assert_eq!(Open::tape(Open::per_layer(false), false), Size::NONE);
    assert!(Open::tape(Open::per_layer(true), true).bytes(N) < Open::MEMORY.tape.bytes(N));
    // In an array from the lowest block that learns: what its adapter takes, and what is looked at above. Nobody looks at what a frozen line takes.
    let blocks = |lowest| AdaptedPerLayer { blocks: std::array::from_fn(|i| Block::per_layer(i >= lowest)) };
    let tape = |lowest| Adapted::tape(blocks(lowest), false);
    let block = Block::tape(Block::per_layer(true), true);
    let bottom = Block::tape(Block::per_layer(true), false);
    assert_eq!((bottom, block), (values(&[6, 2, 2]), values(&[6, 6, 2, 2])));
    assert_eq!(tape(0), bottom.plus(block).plus(block));
    assert_eq!(tape(1), bottom.plus(block));
    assert_eq!(tape(2), bottom);

    // And that is what a workspace has.
    let (data, net) = (data(N), Prefix::default());
    let mut workspace = Workspace::new(N);
    workspace.forward_train(&net, data.x()).loss(&CrossEntropy, data.y()).backward(&mut net.grads());
    assert_eq!(workspace.tape_bytes(), head.bytes(N));
    let (open, mut workspace) = (Open::default(), Workspace::new(N));
    workspace.set_trainable(scores);
    let _ = workspace.forward_train(&open, data.x());
    assert_eq!(workspace.tape_bytes(), values(&[12]).bytes(N));
    workspace.set_trainable(Open::per_layer(true));
    let _ = workspace.forward_train(&open, data.x());
    assert_eq!(workspace.tape_bytes(), Open::tape(Open::per_layer(true), false).bytes(N));
}

/// The gradient with respect to the input of everything, three ways.
fn input_gradients<N: Layer<In = [f32; 6], Out = [f32; 3], Gives = nn::Scores>>(net: &N) -> [Vec<f32>; 3] {
    let data = data(10);
    let mut gradients = net.grads();
    let mut by = |workspace: Workspace<N>| {
        let mut workspace = workspace;
        let mut dx = [[0.0; 6]; 10];
        let scored = workspace.forward_train(net, data.x()).loss(&CrossEntropy, data.y());
        scored.backward_to_input(&mut gradients, &mut dx);
        dx.concat()
    };
    let (again, kept) = (by(Workspace::new(10)), by(Workspace::new(10).keep_input_gradient()));
    let mut workspace = Workspace::new(10);
    let alone = workspace.forward_train(net, data.x()).loss(&CrossEntropy, data.y()).input_gradient();
    [again, kept, alone.concat()]
}

#[test]
fn the_input_gradient_goes_through_what_is_frozen() {
    let net = start();
    // Frozen batch normalisation has another derivative, so it is frozen by flags for comparison.
    let mut workspace = Workspace::new(10);
    workspace.set_trainable(OpenPerLayer { features: Features::per_layer(false), ..Open::per_layer(true) });
    let data = data(10);
    let expected = workspace.forward_train(&net, data.x()).loss(&CrossEntropy, data.y()).input_gradient().concat();
    assert!(expected.iter().any(|&value| value != 0.0));
    for found in input_gradients(&same::<Prefix>(&net)) {
        assert_eq!(found, expected);
    }
    let [again, kept, alone] = input_gradients(&same::<Everything>(&Everything::seeded(1)));
    assert!(again.iter().any(|&value| value != 0.0) && again == kept && kept == alone);
}

#[test]
fn gradients_are_right_above_and_below_what_is_frozen() {
    gradients(&mut Prefix::seeded(1), &Options::default()).unwrap();
    gradients(&mut Middle::seeded(2), &Options::default()).unwrap();
    gradients(&mut Adapted::seeded(3), &Options::default()).unwrap();
    gradients(&mut Everything::seeded(4), &Options::default()).unwrap();
}

#[test]
fn adapters_learn_at_every_depth() {
    let net = Adapted::seeded(5);
    let before = trained(same::<Adapted>(&net), Adapted::per_layer(false));
    let after = trained(net, Adapted::per_layer(true));
    for ((name, before), (_, after)) in before.iter().zip(&after) {
        assert_eq!(before != after, name.contains(".adapter."), "{name}");
    }
}

#[test]
fn a_frozen_network_is_one_fixed_function() {
    let mut net = OnNoisy::seeded(6);
    net.noisy.norm.running_mean.set(&[1.0, -1.0, 0.5, 0.0, 2.0, 3.0]).unwrap();
    let (data, mut workspace) = (data(32), Workspace::new(32));
    let expected = net.predict(data.x());
    let mean = net.noisy.norm.running_mean.to_vec();
    for _ in 0..2 {
        assert_eq!(workspace.forward_train(&net, data.x()).output(), &*expected);
        workspace.commit(&mut net);
    }
    assert_eq!(net.noisy.norm.running_mean.to_vec(), mean);
    let _: &Frozen<Noisy> = &net.noisy;
}

#[test]
fn inspection_sees_every_line_and_training_what_it_keeps() {
    let (data, net) = (data(8), Prefix::seeded(7));
    let mut workspace = Workspace::new(8);
    let mut names = Vec::new();
    let count = |values: &[f32]| values.len() / 8;
    workspace.inspect(&net, data.x()).outputs(&mut |path, values| names.push((path.to_string(), count(values))));
    for line in ["features.stem", "features.norm", "features.body.fc", "features.out", "drop", "hidden", "scores"] {
        assert!(names.iter().any(|(name, _)| name == line), "{line}: {names:?}");
    }
    names.clear();
    workspace.forward_train(&net, data.x()).outputs(&mut |path, values| names.push((path.to_string(), count(values))));
    let expected = [("drop", 8), ("hidden", 12), ("scores", 3)].map(|(name, len)| (name.to_owned(), len));
    assert_eq!(names, expected);
    assert_eq!(<Prefix as Layer>::Out::LEN, 3);
}
