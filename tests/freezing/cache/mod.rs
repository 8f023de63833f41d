//! What the frozen part of a network gives is computed once, and nothing else changes.

mod changes;
mod once;

use nn::data::Samples;
use nn::loss::CrossEntropy;
use nn::metrics::Accuracy;
use nn::optim::Adam;
use nn::random::{Random, mix};
use nn::storage::to_bytes;
use nn::train::{Fit, FrozenCache, History, Progress, Trainer};
use nn::{Arena, Context, Layer, Saved, Scores, Shape, Tensor, network, parameters};
use std::path::PathBuf;

/// How many samples a layer has computed. Of each thread: a test computes forward passes on its own.
mod counts {
    use std::cell::Cell;

    thread_local! {
        static SAMPLES: Cell<usize> = const { Cell::new(0) };
    }

    pub fn add(samples: usize) {
        SAMPLES.set(SAMPLES.get() + samples);
    }

    pub fn take() -> usize {
        SAMPLES.take()
    }
}

/// y = tanh(gain · x), element by element; counts the samples.
#[derive(Clone, Debug)]
struct Counting {
    gain: Tensor,
}

parameters! { impl[] Counting, CountingGrads { gain }, count = 6 }

impl Default for Counting {
    fn default() -> Self {
        Self { gain: Tensor::filled(Shape::new(&[6]), 1.5) }
    }
}

impl Layer for Counting {
    type In = [f32; 6];
    type Out = [f32; 6];
    type Gives = Scores;
    const KIND: &'static str = "Counting";
    const FLOPS: u64 = 6;

    fn forward(&self, x: &[[f32; 6]], y: &mut [[f32; 6]], _: Context<'_>) {
        counts::add(x.len());
        for (x, y) in x.iter().zip(y) {
            *y = std::array::from_fn(|i| (self.gain.values()[i] * x[i]).tanh());
        }
    }

    fn backward(
        &self,
        saved: Saved<'_, Self>,
        dy: &mut [[f32; 6]],
        grads: &mut CountingGrads,
        train: bool,
        dx: Option<&mut [[f32; 6]]>,
        _: Context<'_>,
    ) {
        let slope = |y: f32, dy: f32| dy * (1.0 - y * y);
        if train {
            grads.gain.values_mut().fill(0.0);
            for ((x, y), dy) in saved.x.iter().zip(saved.y).zip(&*dy) {
                (0..6).for_each(|i| grads.gain.values_mut()[i] += x[i] * slope(y[i], dy[i]));
            }
        }
        for ((dx, y), dy) in dx.into_iter().flatten().zip(saved.y).zip(&*dy) {
            *dx = std::array::from_fn(|i| self.gain.values()[i] * slope(y[i], dy[i]));
        }
    }
}

/// Adds something else every time, without a word of it to anybody: noise, the mean of the batch, or noise for some samples only.
#[derive(Clone, Copy, Debug, Default)]
struct Restless<const HOW: char>;

parameters! { impl[const HOW: char] Restless<HOW> }

impl<const HOW: char> Layer for Restless<HOW> {
    type In = [f32; 6];
    type Out = [f32; 6];
    type Gives = Scores;
    const KIND: &'static str = "Restless";
    const FLOPS: u64 = 6;

    fn forward(&self, x: &[[f32; 6]], y: &mut [[f32; 6]], _: Context<'_>) {
        y.copy_from_slice(x);
    }

    fn forward_train(&self, x: &[[f32; 6]], y: &mut [[f32; 6]], _: Arena<'_>, (): (), cx: Context<'_>) {
        let mean: f32 = x.as_flattened().iter().sum::<f32>() / x.as_flattened().len() as f32;
        let noise = (mix(1, cx.step) % 1000) as f32 * 1e-3;
        for (x, y) in x.iter().zip(y) {
            let added = match HOW {
                'n' => noise,
                'm' => mean,
                _ if x[0] > 0.97 => (mix(cx.random_key(), 0) % 1000) as f32 * 1e-3,
                _ => 0.0,
            };
            *y = x.map(|x| x + added);
        }
    }

    fn backward(
        &self,
        _: Saved<'_, Self>,
        dy: &mut [[f32; 6]],
        (): &mut (),
        (): (),
        dx: Option<&mut [[f32; 6]]>,
        _: Context<'_>,
    ) {
        // Good enough for layers below which nothing learns.
        dx.into_iter().for_each(|dx| dx.copy_from_slice(dy));
    }
}

network! {
    struct Plain: [6] -> [3] {
        body: Counting as [6] -> [6],
        norm: BatchNorm1d,
        drop: Dropout(0.3),
        hidden: Dense(8) + Relu,
        scores: Dense(3),
    }

    /// [`Plain`] with the bottom frozen by type.
    struct ByType: [6] -> [3] {
        #[frozen]
        body: Counting as [6] -> [6],
        #[frozen]
        norm: BatchNorm1d,
        drop: Dropout(0.3),
        hidden: Dense(8) + Relu,
        scores: Dense(3),
    }

    struct Block: [6] -> [6] {
        inner: Counting as [6] -> [6],
        body: Residual { norm: LayerNorm, fc: Dense(6) + Gelu },
    }

    struct Features: [6] -> [6] {
        stem: Dense(6) + Tanh,
        blocks: [Block; 3],
        last: Dense(6) + Tanh,
    }

    struct Nested: [6] -> [3] {
        features: Features,
        scores: Dense(3),
    }

    /// Two ways from the stem, and one around the second joint.
    struct Branches: [6] -> [3] {
        stem: Counting as [6] -> [6],
        left: Block,
        right: Counting as [6] -> [6] from stem,
        sum: Add from (left, right),
        next: Dense(6) + Tanh,
        both: Add from (next, sum),
        scores: Dense(3),
    }

    /// The input is read beside the stem.
    struct Around: [6] -> [3] {
        stem: Counting as [6] -> [6],
        side: Counting as [6] -> [6] from input,
        both: Concat from (stem, side),
        scores: Dense(3),
    }

    struct Noisy: [6] -> [3] {
        body: Counting as [6] -> [6],
        noise: Restless<'n'> as [6] -> [6],
        after: Counting as [6] -> [6],
        scores: Dense(3),
    }

    struct Mixing: [6] -> [3] {
        body: Counting as [6] -> [6],
        mean: Restless<'m'> as [6] -> [6],
        after: Counting as [6] -> [6],
        scores: Dense(3),
    }

    struct Moody: [6] -> [3] {
        body: Counting as [6] -> [6],
        noise: Restless<'s'> as [6] -> [6],
        scores: Dense(3),
    }

    /// Two inputs through the same weights.
    struct Pair: (one: [6], two: [6]) -> [3] {
        stem: Counting as [6] -> [6] from one,
        again: same_as stem from two,
        both: Add from (stem, again),
        scores: Dense(3),
    }

    struct DropFirst: [6] -> [3] {
        drop: Dropout(0.001),
        body: Counting as [6] -> [6],
        scores: Dense(3),
    }
}

network! {
    struct Stage: [8, 6, 6] -> [8, 6, 6] {
        body: Residual {
            one: Conv2d(8, kernel = 3, padding = 1, bias = false),
            norm: BatchNorm2d,
            act: Relu,
            two: Conv2d(8, kernel = 3, padding = 1),
        },
    }

    struct Photographs: [3, 12, 12] -> [4] {
        stem: Conv2d(8, kernel = 3, padding = 1, bias = false),
        norm: BatchNorm2d,
        act: Relu,
        pool: MaxPool2d(2),
        stages: [Stage; 2],
        down: Conv2d(16, kernel = 3, stride = 2) + Relu,
        mean: GlobalAvgPool2d,
        drop: Dropout(0.2),
        scores: Dense(4),
    }
}

const QUIET: Progress = Progress::Silent;
/// Samples that are tried before any are kept: some, and some of them in another company.
const TRIED: usize = 4 + 2;
/// The same for [`Plain`]: the highest line at which it can be cut is a dropout, so that those below it are tried.
const PLAIN: usize = 4 + 2 * TRIED;
const TRAIN: usize = 37;
const TEST: usize = 11;
const EPOCHS: usize = 4;

fn data(seed: u64, count: usize) -> Samples<[f32; 6], u32> {
    let mut random = Random::new(seed, "cache");
    let x: Vec<[f32; 6]> = (0..count).map(|_| std::array::from_fn(|_| random.normal() as f32)).collect();
    let labels: Vec<u32> = x.iter().map(|x| ((x[0] + x[1] * x[2]).abs() as u32).min(2)).collect();
    let weights: Vec<f32> = (0..count).map(|i| 0.5 + (i % 3) as f32).collect();
    Samples::new(x, labels).unwrap().with_weights(weights).unwrap()
}

fn fit(frozen_cache: FrozenCache) -> Fit<'static, [f32; 6], u32> {
    Fit { epochs: EPOCHS, batch_size: 8, progress: QUIET, frozen_cache, ..Fit::default() }
}

fn kept() -> FrozenCache {
    FrozenCache::default()
}

/// All bits that training has made.
fn bits<N: Layer>(net: &N, history: &History) -> (Vec<u8>, Vec<u64>) {
    let values = history.epochs().iter().flat_map(|epoch| epoch.values.iter().map(|(_, value)| value.to_bits()));
    (to_bytes(net).unwrap(), values.collect())
}

type Training<N> = Trainer<N, CrossEntropy, Adam, u32>;

fn trainer<N: Layer<In = [f32; 6], Out = [f32; 3], Gives = Scores>>(net: N, learns: N::PerLayer<bool>) -> Training<N> {
    Trainer::new(net, CrossEntropy, Adam { lr: 0.01, ..Adam::default() })
        .metric(Accuracy)
        .train_only(learns)
        .threads(1)
        .seed(3)
}

/// What training of `make()` gives with outputs kept, after it has been seen that it gives the same without; and how many samples the counting layers
/// have computed.
fn compare<N>(make: impl Fn() -> Training<N>) -> usize
where
    N: Layer<In = [f32; 6], Out = [f32; 3], Gives = Scores>,
{
    let (train, test) = (data(1, TRAIN), data(2, TEST));
    let run = |setting| {
        let mut trainer = make();
        counts::take();
        let history = trainer.fit(&train, &Fit { validation: Some(&test), ..fit(setting) }).unwrap();
        (bits(trainer.network(), &history), counts::take())
    };
    let ((found, with), (expected, without)) = (run(kept()), run(FrozenCache::Off));
    assert!(found == expected, "the bits differ");
    assert_eq!(without % (EPOCHS * (TRAIN + TEST)), 0);
    with
}

fn plain() -> Training<Plain> {
    let learns = PlainPerLayer { body: false, norm: false, hidden: true, scores: true };
    trainer(Plain::seeded(1), learns)
}

/// A folder that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("nn-frozen-cache-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
