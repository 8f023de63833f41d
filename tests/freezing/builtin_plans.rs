//! The plans that every network has: only biases (BitFit), only norms.

use nn::check::{Options, gradients, threads};
use nn::data::Samples;
use nn::layers::{BatchNorm1d, Conv2d, Dense, GroupNorm, LayerNorm, MultiHeadAttention, PRelu, Window};
use nn::loss::CrossEntropy;
use nn::optim::Adam;
use nn::plan::{Biases, Freeze, Norms, Planned, Train};
use nn::random::Random;
use nn::storage::{Mode, load_bytes, to_bytes};
use nn::train::{Fit, Progress, Trainer};
use nn::{
    Batch, Context, Layer, Parameters, Path, Saved, Scores, Shape, Tensor, Value, Workspace, network, parameters,
};
use std::sync::atomic::{AtomicUsize, Ordering};

network! {
    /// Every layer with biases, in the middle of others.
    struct Images: [3, 8, 8] -> [4] {
        stem: Conv2d(8, kernel = 3, padding = same) + Relu,
        pool: MaxPool2d(2),
        bare: Conv2d(8, kernel = 3, padding = same, bias = false),
        norm: BatchNorm2d + Relu,
        body: Residual { conv: Conv2d(8, kernel = 1) + Gelu, groups: GroupNorm(2) },
        places: Reshape([8, 16]),
        look: MultiHeadAttention(2),
        image: Reshape([8, 4, 4]),
        slope: PRelu,
        up: ConvTranspose2d(6, kernel = 2, stride = 2) + Silu,
        flat: Flatten,
        #[lora(rank = 2)]
        adapted: Dense(10) + Tanh,
        rows: LayerNorm,
        scores: Dense(4),
    }
}

/// A plan of a network of one's own in which built-in plans stand.
struct HeadAndNorms;
impl ImagesPlan for HeadAndNorms {
    type Stem = Freeze;
    type Bare = Norms;
    type Norm = Norms;
    type Body = Norms;
    type Look = Freeze;
    type Slope = Freeze;
    type Up = Freeze;
    type Adapted = Freeze;
    type Rows = Biases;
    type Scores = Train;
}

fn data(count: usize) -> Samples<[[[f32; 8]; 8]; 3], u32> {
    let mut random = Random::new(1, "built-in plans");
    let mut x = Batch::<[[[f32; 8]; 8]; 3]>::zeroed(count);
    nn::Sample::flat_mut(&mut x[..]).fill_with(|| random.normal() as f32);
    Samples::new(x, (0..count as u32).map(|i| i % 4).collect::<Vec<u32>>()).unwrap()
}

/// A copy of a network.
fn same(net: &Images) -> Images {
    let mut copy = Images::default();
    load_bytes(&mut copy, &to_bytes(net).unwrap(), Mode::Strict).unwrap();
    copy
}

/// Names and bits of the gradients of one step.
fn gradients_of<N: Layer<In = [[[f32; 8]; 8]; 3], Out = [f32; 4], Gives = Scores>>(
    net: &N,
    flags: N::PerLayer<bool>,
) -> Vec<(String, Vec<u32>)> {
    let (data, mut workspace, mut gradients) = (data(5), Workspace::new(5), net.grads());
    workspace.set_trainable(flags);
    workspace.forward_train(net, data.x()).loss(&CrossEntropy, data.y()).backward(&mut gradients);
    let mut all = Vec::new();
    N::gradients(&mut gradients, &Path::ROOT, &mut |path, gradient| {
        all.push((path.to_string(), gradient.to_vec().into_iter().map(f32::to_bits).collect()));
    });
    all
}

fn names<P>() -> Vec<String>
where
    Images: nn::plan::PlannedBy<P>,
{
    let mut names = Vec::new();
    let mut gradients = Planned::<Images, P>::new(Images::default()).grads();
    Planned::<Images, P>::gradients(&mut gradients, &Path::ROOT, &mut |path, _| names.push(path.to_string()));
    names
}

#[test]
fn only_biases_and_only_norms() {
    let biases = [
        "stem.bias",
        "norm.bias",
        "body.conv.bias",
        "body.groups.bias",
        "look.in_proj_bias",
        "look.out_proj.bias",
        "up.bias",
        "rows.bias",
        "scores.bias",
    ];
    assert_eq!(names::<Biases>(), biases);
    assert_eq!(Planned::<Images, Biases>::PARAMS, 8 + 8 + 8 + 8 + 48 + 16 + 6 + 10 + 4);
    let norms = ["norm", "body.groups", "rows"].map(|norm| [format!("{norm}.weight"), format!("{norm}.bias")]);
    assert_eq!(names::<Norms>(), norms.concat());
    assert_eq!(Planned::<Images, Norms>::PARAMS, 2 * (8 + 8 + 10));
    let own = ["norm.weight", "norm.bias", "body.groups.weight", "body.groups.bias"];
    assert_eq!(names::<HeadAndNorms>(), [&own[..], &["rows.bias", "scores.weight", "scores.bias"]].concat());
    assert!(names::<Freeze>().is_empty());
}

#[test]
fn gradients_of_what_learns_are_those_of_the_network() {
    let net = &Images::seeded(2);
    let compare = |planned: Vec<(String, Vec<u32>)>, flags: ImagesPerLayer<bool>| {
        let mut whole = gradients_of(net, flags);
        whole.retain(|(name, _)| planned.iter().any(|(planned, _)| planned == name));
        assert!(planned.iter().all(|(_, bits)| bits.iter().any(|&bits| bits != 0)));
        assert_eq!(planned, whole);
    };
    let found = gradients_of(&Planned::<_, Biases>::new(same(net)), Planned::<Images, Biases>::per_layer(true));
    compare(found, ImagesPerLayer { slope: false, bare: false, adapted: false, ..Images::per_layer(true) });
    let found = gradients_of(&Planned::<_, Norms>::new(same(net)), Planned::<Images, Norms>::per_layer(true));
    let body = ImagesBodyPerLayer { conv: false, groups: true };
    compare(found, ImagesPerLayer { norm: true, rows: true, body, ..Images::per_layer(false) });
}

#[test]
fn gradients_are_right() {
    let options = Options { tolerance: 5e-3, elements: 20, ..Options::default() };
    gradients(&mut Planned::<_, Biases>::new(Images::seeded(3)), &options).unwrap();
    gradients(&mut Planned::<_, Norms>::new(Images::seeded(3)), &options).unwrap();
    gradients(&mut Planned::<_, HeadAndNorms>::new(Images::seeded(3)), &options).unwrap();
    threads(&mut Planned::<_, Biases>::new(Images::seeded(3)), 9).unwrap();
}

/// Which tensors are other than before after some steps.
fn moved<P>(net: &Images) -> Vec<String>
where
    Images: nn::plan::PlannedBy<P>,
    P: 'static,
{
    let adam = Adam { lr: 0.01, weight_decay: 0.1, ..Adam::default() };
    // With a callback, which might let something learn, nothing need learn.
    let mut trainer = Trainer::new(Planned::<_, P>::new(same(net)), CrossEntropy, adam).on_epoch_end(|_| ());
    let fit = Fit { epochs: 2, batch_size: 8, progress: Progress::Silent, ..Fit::default() };
    trainer.fit(&data(24), &fit).unwrap();
    let (mut before, mut moved) = (Vec::new(), Vec::new());
    net.tensors(&Path::ROOT, &mut |_, _, tensor| before.push(tensor.to_vec()));
    let mut before = before.into_iter();
    trainer.network().tensors(&Path::ROOT, &mut |path, _, tensor| {
        if before.next().unwrap() != tensor.to_vec() {
            moved.push(path.to_string());
        }
    });
    moved
}

#[test]
fn steps_move_what_learns_and_nothing_else() {
    let net = Images::seeded(4);
    // The statistics of a normalisation that learns move with it.
    let statistics = ["norm.running_mean".to_owned(), "norm.running_var".to_owned()];
    let expected = |mut names: Vec<String>| {
        let at = names.iter().position(|name| name == "norm.bias").unwrap() + 1;
        names.splice(at..at, statistics.clone());
        names
    };
    assert_eq!(moved::<Biases>(&net), expected(names::<Biases>()));
    assert_eq!(moved::<Norms>(&net), expected(names::<Norms>()));
    assert_eq!(moved::<HeadAndNorms>(&net), expected(names::<HeadAndNorms>()));
    assert!(moved::<Freeze>(&net).is_empty());
}

#[test]
fn layers_without_biases_are_below_the_lowest_that_learns() {
    network! {
        struct Bare: [6] -> [3] {
            low: Dense(5, bias = false) + Gelu,
            middle: Dense(4),
            high: Dense(3),
        }
    }
    // What `middle` gives, which a `Dense` keeps; of `low` nothing but what it gives.
    let tape = Planned::<Bare, Biases>::tape(Planned::<Bare, Biases>::per_layer(true), false);
    assert_eq!(tape, Bare::tape(BarePerLayer { low: false, ..Bare::per_layer(true) }, false));
    assert_ne!(tape, Bare::tape(Bare::per_layer(true), false));
    assert!(!Planned::<Dense<[f32; 6], [f32; 5], nn::layers::Gelu, false>, Biases>::any(true));
}

/// y = gain · x + shift, element by element, and counts of the gradients that were asked for.
#[derive(Debug)]
struct Counting {
    gain: Tensor,
    shift: Tensor,
    gains: AtomicUsize,
    shifts: AtomicUsize,
}

parameters! {
    impl[] Counting, CountingGrads { gain, shift }, biases { shift }, count = 8,
    tensors = [("gain", Shape::new(&[4])), ("shift", Shape::new(&[4]))]
}

impl Default for Counting {
    fn default() -> Self {
        let [gain, shift] = [1.5, 0.5].map(|value| Tensor::filled(Shape::new(&[4]), value));
        Self { gain, shift, gains: AtomicUsize::new(0), shifts: AtomicUsize::new(0) }
    }
}

/// What a sample adds to an element of a gradient, from x and dy.
type Term<'a> = &'a dyn Fn(&[f32; 4], &[f32; 4], usize) -> f32;

impl Layer for Counting {
    type In = [f32; 4];
    type Out = [f32; 4];
    type Gives = Scores;
    const KIND: &'static str = "Counting";
    const FLOPS: u64 = 8;

    fn forward(&self, x: &[[f32; 4]], y: &mut [[f32; 4]], _: Context<'_>) {
        let (gain, shift) = (self.gain.values(), self.shift.values());
        for (x, y) in x.iter().zip(y) {
            *y = std::array::from_fn(|i| gain[i] * x[i] + shift[i]);
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
        let sums = |to: &mut Tensor, count: &AtomicUsize, of: Term| {
            if !train || to.is_empty() {
                return;
            }
            count.fetch_add(1, Ordering::Relaxed);
            for (i, to) in to.values_mut().iter_mut().enumerate() {
                let sum: f32 = saved.x.iter().zip(&*dy).map(|(x, dy)| of(x, dy, i)).sum();
                *to = if cx.accumulate { *to + sum } else { sum };
            }
        };
        sums(&mut grads.gain, &self.gains, &|x, dy, i| x[i] * dy[i]);
        sums(&mut grads.shift, &self.shifts, &|_, dy, i| dy[i]);
        if let Some(dx) = dx {
            for (dx, dy) in dx.iter_mut().zip(&*dy) {
                *dx = std::array::from_fn(|i| self.gain.values()[i] * dy[i]);
            }
        }
    }
}

/// A layer that does not say which of its tensors are biases.
struct Silent {
    bias: Tensor,
}
parameters! { impl[] Silent, SilentGrads { bias }, count = 4 }

network! {
    struct Chain: [4] -> [4] {
        first: Counting as [4] -> [4],
        act: Tanh,
        second: Counting as [4] -> [4],
    }
}

#[test]
fn a_layer_of_ones_own_is_not_asked_for_more_than_its_biases() {
    let asked = |net: &Chain| {
        [&net.first, &net.second]
            .map(|layer| (layer.gains.load(Ordering::Relaxed), layer.shifts.load(Ordering::Relaxed)))
    };
    let x = [[0.5, -1.0, 2.0, 0.25]];
    fn step<N: Layer<In = [f32; 4], Out = [f32; 4]>>(net: &N, x: &[[f32; 4]]) {
        let mut workspace = Workspace::new(1);
        let scored = workspace.forward_train(net, x).loss_with(|_, dy| {
            <[f32; 4]>::each_part_mut(dy, &mut |_, part| part.fill(1.0));
            0.0
        });
        scored.backward(&mut net.grads());
    }
    let biases = Planned::<_, Biases>::new(Chain::default());
    step(&biases, &x);
    assert_eq!(asked(&biases), [(0, 1), (0, 1)]);
    let norms = Planned::<_, Norms>::new(Chain::default());
    step(&norms, &x);
    assert_eq!(asked(&norms), [(0, 0), (0, 0)]);
    let all = Planned::<_, Train>::new(Chain::default());
    step(&all, &x);
    assert_eq!(asked(&all), [(1, 1), (1, 1)]);
    gradients(&mut Planned::<_, Biases>::new(Chain::default()), &Options::default()).unwrap();
}

#[test]
fn what_does_not_say_has_no_biases() {
    assert_eq!(Planned::<Silent, Biases>::PARAMS, 0);
    let Freeze = Planned::<_, Biases>::new(Silent { bias: Tensor::filled(Shape::new(&[4]), 0.0) }).grads();
}

#[test]
fn built_in_layers_say_what_they_have() {
    type Conv = Conv2d<[[[f32; 4]; 4]; 2], [[[f32; 4]; 4]; 3], Window<1, 1, 1, 1>>;
    assert_eq!(Planned::<Conv, Biases>::PARAMS, 3);
    assert_eq!(Planned::<GroupNorm<[[f32; 5]; 4], 2>, Biases>::PARAMS, 4);
    assert_eq!(Planned::<LayerNorm<[f32; 5], false>, Norms>::PARAMS, 0);
    assert_eq!(Planned::<BatchNorm1d<[f32; 5]>, Norms>::PARAMS, 10);
    assert_eq!(Planned::<PRelu<[f32; 5]>, Biases>::PARAMS, 0);
    assert_eq!(Planned::<MultiHeadAttention<[[f32; 4]; 6], 2>, Biases>::PARAMS, 12 + 4);
    assert_eq!(Planned::<MultiHeadAttention<[[f32; 4]; 6], 2, true, false>, Biases>::PARAMS, 0);
}
