//! Frozen means no work: a layer that does not learn gets no gradient of its weights, and nothing at all is done below the lowest one
//! that does. Layers that count their calls tell.

use nn::data::Samples;
use nn::loss::CrossEntropy;
use nn::optim::{Adam, LayerSettings, Optimizer};
use nn::random::Random;
use nn::storage::{Checkpoint, SafeTensors, to_bytes};
use nn::train::{Fit, Progress, Trainer};
use nn::{
    Batch, Context, Layer, Network, Parameters, Path, Saved, Scores, Shape, Tensor, Value, Workspace, network,
    parameters,
};
use std::sync::atomic::{AtomicUsize, Ordering};

/// y = gain · x, element by element, and a count of what `backward` was asked for.
#[derive(Debug)]
struct Counting {
    gain: Tensor,
    calls: AtomicUsize,
    weight_gradients: AtomicUsize,
    input_gradients: AtomicUsize,
}

parameters! { impl[] Counting, CountingGrads { gain }, count = 4 }

impl Default for Counting {
    fn default() -> Self {
        let gain = Tensor::filled(Shape::new(&[4]), 1.5);
        let [calls, weight_gradients, input_gradients] = [(); 3].map(|()| AtomicUsize::new(0));
        Self { gain, calls, weight_gradients, input_gradients }
    }
}

impl Layer for Counting {
    type In = [f32; 4];
    type Out = [f32; 4];
    type Gives = Scores;
    const KIND: &'static str = "Counting";
    const FLOPS: u64 = 4;

    fn forward(&self, x: &[[f32; 4]], y: &mut [[f32; 4]], _: Context<'_>) {
        for (x, y) in x.iter().zip(y) {
            *y = std::array::from_fn(|i| self.gain.values()[i] * x[i]);
        }
    }

    fn backward(
        &self,
        saved: Saved<'_, Self>,
        dy: &mut [[f32; 4]],
        grads: &mut CountingGrads,
        train: bool,
        dx: Option<&mut [[f32; 4]]>,
        cx: Context<'_>,
    ) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if train {
            self.weight_gradients.fetch_add(1, Ordering::Relaxed);
            let gradient = grads.gain.values_mut();
            if !cx.accumulate {
                gradient.fill(0.0);
            }
            for (x, dy) in saved.x.iter().zip(&*dy) {
                (0..4).for_each(|i| gradient[i] += x[i] * dy[i]);
            }
        }
        if let Some(dx) = dx {
            self.input_gradients.fetch_add(1, Ordering::Relaxed);
            for (dx, dy) in dx.iter_mut().zip(&*dy) {
                *dx = std::array::from_fn(|i| self.gain.values()[i] * dy[i]);
            }
        }
    }
}

/// What one pass backward asked of a layer: anything, the gradient of the weights, that of the input.
type Asked = [usize; 3];

impl Counting {
    fn asked(&self) -> Asked {
        [&self.calls, &self.weight_gradients, &self.input_gradients].map(|count| count.swap(0, Ordering::Relaxed))
    }
}

network! {
    struct Chain: [4] -> [4] {
        first: Counting as [4] -> [4],
        act: Tanh,
        second: Counting as [4] -> [4],
        norm: Softmax,
        third: Counting as [4] -> [4],
        fourth: Counting as [4] -> [4],
    }

    /// Two ways that meet again, one of them around everything.
    struct Branches: [4] -> [4] {
        stem: Counting as [4] -> [4],
        left: Counting as [4] -> [4] from stem,
        right: Counting as [4] -> [4] from stem,
        beside: Counting as [4] -> [4] from input,
        sum: Add from (left, right, input),
        joined: Concat from (sum, beside, stem),
        shaped: Reshape([3, 4]),
        flat: Flatten,
        mixed: Dense(4),
        head: Counting as [4] -> [4],
    }

    struct Block: [4] -> [4] {
        body: Residual {
            inner: Counting as [4] -> [4],
            act: Tanh,
            outer: Counting as [4] -> [4],
        },
    }

    /// Networks in networks, repeated.
    struct Nested: [4] -> [4] {
        blocks: [Block; 3],
        single: Block,
    }

    /// Weights that are used twice: what lies between the uses is below the upper one.
    struct Shared: [4] -> [4] {
        below: Counting as [4] -> [4],
        first: Counting as [4] -> [4],
        between: Counting as [4] -> [4],
        again: same_as first,
    }

    struct Heads: (x: [4], other: [4]) -> (a: [4], b: [4]) {
        stem: Counting as [4] -> [4] from x,
        side: Counting as [4] -> [4] from other,
        sum: Add from (stem, side),
        a: Counting as [4] -> [4] from sum,
        b: Counting as [4] -> [4] from side,
    }
}

/// Runs backward for every choice of what learns, with and without the gradient of the input, and compares what each of the counting layers was
/// asked for with `expected(flags, dx)`.
fn for_every_choice<N: Layer>(
    net: &N,
    x: &<N::In as Value>::Owned,
    asked: impl Fn(&N) -> Vec<Asked>,
    expected: impl Fn(&[bool], bool) -> Vec<Asked>,
) {
    let mut layers = 0;
    N::map_layers(N::per_layer(()), &Path::ROOT, &mut |_, ()| layers += 1);
    assert!(layers > 1);
    let mut workspace = Workspace::new(2);
    let mut gradients = net.grads();
    for choice in 0..1_usize << layers {
        let flags: Vec<bool> = (0..layers).map(|layer| choice >> layer & 1 == 1).collect();
        let mut next = flags.iter();
        workspace.set_trainable(N::map_layers(N::per_layer(()), &Path::ROOT, &mut |_, ()| *next.next().unwrap()));
        for dx in [false, true] {
            let scored = workspace.forward_train(net, N::In::borrow(x)).loss_with(|_, dy| {
                N::Out::each_part_mut(dy, &mut |_, part| part.fill(1.0));
                0.0
            });
            if dx {
                let mut input = N::In::zeroed(2);
                scored.backward_to_input(&mut gradients, N::In::borrow_mut(&mut input));
            } else {
                scored.backward(&mut gradients);
            }
            assert_eq!(asked(net), expected(&flags, dx), "what learns: {flags:?}, input gradient: {dx}");
        }
    }
}

/// What a layer is asked for that learns or does not, with something that wants a gradient below it or nothing.
fn once(learns: bool, wanted_below: bool) -> Asked {
    [usize::from(learns || wanted_below), usize::from(learns), usize::from(wanted_below)]
}

const X: [[f32; 4]; 2] = [[0.5, -1.0, 2.0, 0.25], [-0.5, 0.75, 1.0, 0.125]];

#[test]
fn nothing_is_done_below_the_lowest_layer_that_learns() {
    for_every_choice(
        &Chain::default(),
        &Batch::from_samples(&X),
        |net| [&net.first, &net.second, &net.third, &net.fourth].map(Counting::asked).into(),
        |flags, dx| (0..4).map(|i| once(flags[i], dx || flags[..i].contains(&true))).collect(),
    );
}

#[test]
fn a_branch_without_anything_that_learns_is_left_alone() {
    for_every_choice(
        &Branches::default(),
        &Batch::from_samples(&X),
        |net| [&net.stem, &net.left, &net.right, &net.beside, &net.head].map(Counting::asked).into(),
        |flags, dx| {
            let &[stem, left, right, beside, mixed, head] = flags else { unreachable!() };
            let below_mixed = dx || stem || left || right || beside;
            vec![
                once(stem, dx),
                once(left, dx || stem),
                once(right, dx || stem),
                once(beside, dx),
                once(head, below_mixed || mixed),
            ]
        },
    );
}

#[test]
fn networks_within_networks_and_arrays_stop_where_nothing_learns() {
    for_every_choice(
        &Nested::default(),
        &Batch::from_samples(&X),
        |net| {
            let blocks = net.blocks.iter().chain([&net.single]);
            blocks.flat_map(|block| [block.body.0.inner.asked(), block.body.0.outer.asked()]).collect()
        },
        |flags, dx| (0..8).map(|i| once(flags[i], dx || flags[..i].contains(&true))).collect(),
    );
}

#[test]
fn weights_that_are_used_twice() {
    for_every_choice(
        &Shared::default(),
        &Batch::from_samples(&X),
        |net| [&net.below, &net.first, &net.between].map(Counting::asked).into(),
        |flags, dx| {
            let &[below, first, between] = flags else { unreachable!() };
            let lower = once(first, dx || below);
            let upper = once(first, dx || below || first || between);
            let both = std::array::from_fn(|i| lower[i] + upper[i]);
            vec![once(below, dx), both, once(between, dx || below || first)]
        },
    );
}

#[test]
fn several_inputs_and_outputs() {
    let [x, other] = [(); 2].map(|()| Batch::from_samples(&X));
    let input = HeadsIn { x, other };
    for_every_choice(
        &Heads::default(),
        &input,
        |net| [&net.stem, &net.side, &net.a, &net.b].map(Counting::asked).into(),
        |flags, dx| {
            let &[stem, side, a, b] = flags else { unreachable!() };
            vec![once(stem, dx), once(side, dx), once(a, dx || stem || side), once(b, dx || side)]
        },
    );
}

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
fn bits(line: &str, net: &Net, optimizer: &nn::optim::Stepper<Net, Adam>) -> Vec<(String, Vec<u32>)> {
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
    let mut optimizer = Adam::default().stepper(&net).clip_norm(1.0).penalty(nn::optim::Penalty { l1: 1e-3, l2: 1e-3 });
    let mut steps = |net: &mut Net, gradients: &mut NetGrads, layers, optimizer: &mut nn::optim::Stepper<Net, Adam>| {
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
    for report in [
        nn::storage::load_bytes(&mut head, &bytes, nn::storage::Mode::Partial).unwrap(),
        nn::storage::load_bytes(&mut body, &bytes, nn::storage::Mode::Partial).unwrap(),
    ] {
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
    let mut trainer = Trainer::new(start.clone(), CrossEntropy, Adam::default()).layers(frozen).clip_norm(1.0);
    let history = trainer.fit(&data(50), &fit()).unwrap();
    assert!(to_bytes(trainer.network()).unwrap() == to_bytes(&start).unwrap());
    let losses = history.values("loss");
    assert!(losses.iter().all(|loss| (loss - losses[0]).abs() < 1e-6), "{losses:?}");
}
