//! Frozen by a plan: a type says what learns of a network that was declared without it, and no number changes.

use nn::check::{Options, gradients};
use nn::data::Samples;
use nn::layers::Dense;
use nn::loss::CrossEntropy;
use nn::optim::{Adam, Groups, LayerSettings, Optimizer, Stepper};
use nn::plan::{Biases, Freeze, Planned, Train};
use nn::random::Random;
use nn::storage::{Checkpoint, Mode, load_bytes, to_bytes};
use nn::train::{Checkpoints, Fit, Progress, Trainer};
use nn::{Layer, Network, Parameters, Path, Role, Size, Workspace, network};

network! {
    struct Block: [8] -> [8] {
        body: Residual { norm: LayerNorm, up: Dense(12) + Gelu, down: Dense(8) },
    }

    struct Features: [6] -> [8] {
        stem_1: Dense(16) + Tanh,
        norm: BatchNorm1d,
        drop: Dropout(0.2),
        out: Dense(8) + Relu,
        blocks: [Block; 3],
    }

    struct Net: [6] -> [3] {
        features: Features,
        drop: Dropout(0.25),
        hidden: Dense(12) + Relu,
        #[frozen]
        fixed: Dense(12) + Tanh,
        scores: Dense(3),
    }
}

struct HeadOnly;
impl NetPlan for HeadOnly {
    type Features = Freeze;
    type Hidden = Train;
    type Scores = Train;
}

/// The projections of every block, and the head.
struct Upper;
impl NetPlan for Upper {
    type Features = UpperFeatures;
    type Hidden = Train;
    type Scores = Train;
}
struct UpperFeatures;
impl FeaturesPlan for UpperFeatures {
    type Stem1 = Freeze;
    type Norm = Freeze;
    type Out = Freeze;
    type Blocks = Projections;
}
struct Projections;
impl BlockPlan for Projections {
    type Body = ProjectionsOfBody;
}
struct ProjectionsOfBody;
impl BlockBodyPlan for ProjectionsOfBody {
    type Norm = Freeze;
    type Up = Train;
    type Down = Train;
}

/// A line that is frozen between lines that learn.
struct Ends;
impl NetPlan for Ends {
    type Features = Train;
    type Hidden = Freeze;
    type Scores = Biases;
}

fn data(count: usize) -> Samples<[f32; 6], u32> {
    let mut random = Random::new(1, "freezing by a plan");
    let x: Vec<[f32; 6]> = (0..count).map(|_| std::array::from_fn(|_| random.normal() as f32)).collect();
    let labels: Vec<u32> = x.iter().map(|x| (x[0] + x[1] * x[2]).abs() as u32 % 3).collect();
    Samples::new(x, labels).unwrap()
}

/// A network that has seen some batches, so that its running statistics say something.
fn start() -> Net {
    let mut net = Net::seeded(3);
    let (data, mut workspace) = (data(64), Workspace::new(64));
    for _ in 0..3 {
        let _ = workspace.forward_train(&net, data.x());
        workspace.commit(&mut net);
    }
    net
}

/// The flags of the plan [`Upper`].
fn upper_flags() -> NetPerLayer<bool> {
    let body = BlockBodyPerLayer { norm: false, up: true, down: true };
    let features = FeaturesPerLayer { blocks: [BlockPerLayer { body }; 3], ..Features::per_layer(false) };
    NetPerLayer { features, ..Net::per_layer(true) }
}

fn head_flags() -> NetPerLayer<bool> {
    NetPerLayer { features: Features::per_layer(false), ..Net::per_layer(true) }
}

/// Names and bits of the gradients of one step.
fn gradients_of<N: Layer<In = [f32; 6], Out = [f32; 3], Gives = nn::Scores>>(
    net: &N,
    flags: N::PerLayer<bool>,
) -> Vec<(String, Vec<u32>)> {
    let (data, mut workspace, mut gradients) = (data(20), Workspace::new(20), net.grads());
    workspace.set_trainable(flags);
    workspace.forward_train(net, data.x()).loss(&CrossEntropy, data.y()).backward(&mut gradients);
    let mut all = Vec::new();
    N::gradients(&mut gradients, &Path::ROOT, &mut |path, gradient| {
        all.push((path.to_string(), gradient.to_vec().into_iter().map(f32::to_bits).collect()));
    });
    all
}

#[test]
fn gradients_of_what_learns_are_those_of_the_network() {
    let net = start();
    let compare =
        |planned: Vec<(String, Vec<u32>)>, whole: Vec<(String, Vec<u32>)>, left_out: &dyn Fn(&str) -> bool| {
            let whole: Vec<_> = whole.into_iter().filter(|(name, _)| !left_out(name)).collect();
            assert!(!planned.is_empty());
            assert!(planned.iter().all(|(_, bits)| bits.iter().any(|&bits| bits != 0)));
            assert_eq!(planned, whole);
        };
    let head = Planned::<_, HeadOnly>::new(start());
    let found = gradients_of(&head, Planned::<Net, HeadOnly>::per_layer(true));
    compare(found, gradients_of(&net, head_flags()), &|name| name.starts_with("features"));

    let upper = Planned::<_, Upper>::new(start());
    let found = gradients_of(&upper, Planned::<Net, Upper>::per_layer(true));
    let learns = |name: &str| name.contains(".up.") || name.contains(".down.") || !name.starts_with("features");
    compare(found, gradients_of(&net, upper_flags()), &|name| !learns(name));

    let ends = Planned::<_, Ends>::new(start());
    let found = gradients_of(&ends, Planned::<Net, Ends>::per_layer(true));
    let whole = gradients_of(&net, NetPerLayer { hidden: false, ..Net::per_layer(true) });
    compare(found, whole, &|name| name.starts_with("hidden") || name == "scores.weight");

    let all = Planned::<_, Train>::new(start());
    let found = gradients_of(&all, Planned::<Net, Train>::per_layer(true));
    compare(found, gradients_of(&net, Net::per_layer(true)), &|_| false);
}

#[test]
fn gradients_are_right() {
    gradients(&mut Planned::<Net, HeadOnly>::new(start()), &Options::default()).unwrap();
    gradients(&mut Planned::<Net, Upper>::new(start()), &Options::default()).unwrap();
    gradients(&mut Planned::<Net, Ends>::new(start()), &Options::default()).unwrap();
    gradients(&mut Planned::<Net, Freeze>::new(start()), &Options::default()).unwrap();
}

type Trained = (Vec<(String, Vec<u32>)>, Vec<f64>);

/// All tensors under their names after three epochs, and the losses.
fn trained<N: Layer<In = [f32; 6], Out = [f32; 3], Gives = nn::Scores>>(net: N, flags: N::PerLayer<bool>) -> Trained {
    let optimizer = Adam { lr: 0.01, ..Adam::default() };
    // With a callback, which might let something learn, nothing need learn.
    let trainer = Trainer::new(net, CrossEntropy, optimizer).train_only(flags).threads(2).clip_norm(1.0);
    let mut trainer = trainer.on_epoch_end(|_| ());
    let fit = Fit { epochs: 3, batch_size: 16, progress: Progress::Silent, ..Fit::default() };
    let history = trainer.fit(&data(100), &fit).unwrap();
    let mut all = Vec::new();
    trainer.network().tensors(&Path::ROOT, &mut |path, _, tensor| {
        all.push((path.to_string(), tensor.to_vec().into_iter().map(f32::to_bits).collect()));
    });
    (all, history.values("loss"))
}

#[test]
fn a_plan_and_flags_train_alike() {
    let net = start();
    let before = trained(start(), Net::per_layer(false)).0;
    let head = trained(Planned::<_, HeadOnly>::new(start()), Planned::<Net, HeadOnly>::per_layer(true));
    assert_eq!(head, trained(start(), head_flags()));
    let upper = trained(Planned::<_, Upper>::new(start()), Planned::<Net, Upper>::per_layer(true));
    assert_eq!(upper, trained(start(), upper_flags()));
    for ((name, before), ((_, head), (_, upper))) in before.iter().zip(head.0.iter().zip(&upper.0)) {
        let frozen = name.starts_with("features.") || name.starts_with("fixed.");
        assert_eq!(head == before, frozen, "{name}");
        assert_eq!(upper == before, frozen && !name.contains(".up.") && !name.contains(".down."), "{name}");
    }
    // What learns by the plan may still be frozen by a flag.
    let mut flags = Planned::<Net, HeadOnly>::per_layer(true);
    flags.hidden = false;
    let scores = trained(Planned::<_, HeadOnly>::new(start()), flags);
    assert_eq!(scores, trained(net, NetPerLayer { hidden: false, ..head_flags() }));
}

#[test]
fn what_does_not_learn_has_no_gradient_and_no_state() {
    let net = Planned::<_, HeadOnly>::new(start());
    let Freeze = net.grads().features;
    let Freeze = Planned::<Net, HeadOnly>::per_layer(1.0).features;
    assert_eq!(size_of_val(&net.grads()), 2 * size_of::<<Dense<[f32; 8], [f32; 12]> as Parameters>::Grads>());
    let names = ["hidden.weight", "hidden.bias", "scores.weight", "scores.bias"];
    let mut found = Vec::new();
    Planned::<Net, HeadOnly>::gradients(&mut net.grads(), &Path::ROOT, &mut |path, _| found.push(path.to_string()));
    assert_eq!(found, names);
    let stepper: Stepper<Planned<Net, HeadOnly>, Adam> = Adam::default().stepper(&net);
    let state: Vec<String> = stepper.state_shapes(&net).into_iter().map(|(name, _)| name).collect();
    assert_eq!(state.len(), 2 * names.len(), "two moments for each gradient");
    assert!(state.iter().all(|name| names.iter().any(|own| name.contains(own))), "{state:?}");

    let learning = 8 * 12 + 12 + 12 * 3 + 3;
    assert_eq!(Planned::<Net, HeadOnly>::PARAMS, learning);
    assert_eq!(Planned::<Net, HeadOnly>::FROZEN_PARAMS, Net::PARAMS + Net::FROZEN_PARAMS - learning);
    let mut roles = [0; 3];
    net.tensors(&Path::ROOT, &mut |_, role, tensor| {
        roles[[Role::Parameter, Role::Frozen, Role::Buffer].iter().position(|&other| role == other).unwrap()] +=
            tensor.len();
    });
    assert_eq!(roles, [learning, Planned::<Net, HeadOnly>::FROZEN_PARAMS, 32]);
    let summary = net.summary();
    assert_eq!((summary.params, summary.trainable), (Net::PARAMS + Net::FROZEN_PARAMS, learning));
    let frozen = |row: &&nn::Row| row.kind.ends_with(", frozen");
    let rows: Vec<&str> = summary.rows.iter().filter(frozen).map(|row| row.name.as_str()).collect();
    assert_eq!((rows[0], rows.last(), rows.len()), ("features.stem_1", Some(&"fixed"), 3 + 3 * 3 + 1));
}

#[test]
fn nothing_is_on_the_tape_below_the_lowest_line_that_learns() {
    const N: usize = 32;
    // What `drop` gives, which `hidden` reads, and what the two above it read.
    let head = Net::tape(head_flags(), false);
    let values = [8, 12, 12].iter().fold(Size::NONE, |size, &len| size.plus(Size::per_sample(len)));
    assert_eq!(Planned::<Net, HeadOnly>::tape(Planned::<Net, HeadOnly>::per_layer(true), false), head);
    assert_eq!(head.bytes(N), values.bytes(N));
    assert_eq!(
        Planned::<Net, Upper>::tape(Planned::<Net, Upper>::per_layer(true), false),
        Net::tape(upper_flags(), false)
    );
    assert_eq!(Planned::<Net, Freeze>::tape(Planned::<Net, Freeze>::per_layer(true), false), Size::NONE);

    let (data, net) = (data(N), Planned::<_, HeadOnly>::new(start()));
    let mut workspace = Workspace::new(N);
    workspace.forward_train(&net, data.x()).loss(&CrossEntropy, data.y()).backward(&mut net.grads());
    assert_eq!(workspace.tape_bytes(), head.bytes(N));
}

#[test]
fn phases_move_the_network_from_plan_to_plan() {
    let fit = Fit { epochs: 2, batch_size: 16, progress: Progress::Silent, ..Fit::default() };
    let adam = Adam { lr: 0.01, ..Adam::default() };
    let data = data(100);
    let mut head = Trainer::new(Planned::<_, HeadOnly>::new(start()), CrossEntropy, adam);
    head.fit(&data, &fit).unwrap();
    let mut upper = Trainer::new(Planned::<_, Upper>::new(head.into_network().into_inner()), CrossEntropy, adam);
    upper.fit(&data, &fit).unwrap();
    let found = upper.into_network().into_inner();

    let mut head = Trainer::new(start(), CrossEntropy, adam).train_only(head_flags());
    head.fit(&data, &fit).unwrap();
    let mut upper = Trainer::new(head.into_network(), CrossEntropy, adam).train_only(upper_flags());
    upper.fit(&data, &fit).unwrap();
    assert!(to_bytes(&found).unwrap() == to_bytes(upper.network()).unwrap());
}

#[test]
fn files_are_those_of_the_network() {
    let net = start();
    let bytes = to_bytes(&net).unwrap();
    assert!(to_bytes(&Planned::<_, HeadOnly>::new(start())).unwrap() == bytes);
    let mut loaded = Planned::<Net, Upper>::default();
    load_bytes(&mut loaded, &bytes, Mode::Strict).unwrap();
    assert!(to_bytes(&loaded.into_inner()).unwrap() == bytes);

    // The state of the optimiser too, as far as there is any.
    let planned = Planned::<_, HeadOnly>::new(start());
    let mut checkpoint = Checkpoint::new();
    let stepper: Stepper<_, Adam> = Adam::default().stepper(&planned);
    stepper.save_state(&planned, &mut checkpoint).unwrap();
    let names: Vec<String> = checkpoint.names().map(str::to_owned).collect();
    let mut checkpoint = Checkpoint::new();
    let stepper: Stepper<_, Adam> = Adam::default().stepper(&net);
    stepper.save_state(&net, &mut checkpoint).unwrap();
    let all: Vec<&str> = checkpoint.names().collect();
    assert!(names.len() == 8 && names.iter().all(|name| all.contains(&name.as_str())), "{names:?}");
}

#[test]
fn training_by_a_plan_is_resumed() {
    let folder = std::env::temp_dir().join(format!("nn-plans-{}", std::process::id()));
    let data = data(100);
    let run = |from: Option<std::path::PathBuf>| {
        let net = Planned::<_, Upper>::new(start());
        let mut trainer = Trainer::new(net, CrossEntropy, Adam { lr: 0.01, ..Adam::default() });
        if let Some(file) = from {
            trainer.resume(file).unwrap();
        }
        let checkpoints = Some(Checkpoints { keep_last: 0, ..Checkpoints::new(&folder) });
        let fit = Fit { epochs: 3, batch_size: 16, progress: Progress::Silent, checkpoints, ..Fit::default() };
        let history = trainer.fit(&data, &fit).unwrap();
        (to_bytes(trainer.network()).unwrap(), history.values("loss"))
    };
    let expected = run(None);
    let mut files: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 3);
    // Only from the last one of a folder training goes on there.
    files.drain(1..).for_each(|later| std::fs::remove_file(later).unwrap());
    assert!(run(Some(files.remove(0))) == expected);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn layers_are_counted_without_what_is_frozen() {
    assert_eq!((Net::count_groups(), Planned::<Net, HeadOnly>::count_groups()), (8, 2));
    let settings = Planned::<Net, Upper>::discriminative(0.5);
    assert_eq!(settings.scores.lr, 1.0);
    assert_eq!(settings.features.blocks[2].body.up.lr, 0.25);
    let LayerSettings { train, .. } =
        Planned::<Net, Upper>::settings(|path| LayerSettings { train: path.ends_with("up"), ..LayerSettings::TRAINED })
            .features
            .blocks[0]
            .body
            .down;
    assert!(!train);
}
