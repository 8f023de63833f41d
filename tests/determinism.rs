//! The same bits: for any number of threads, for the same seed, for prefetched batches; and other bits for another seed.
//!
//! Runs that are killed and go on are in resume.rs.

use nn::data::Samples;
use nn::loss::CrossEntropy;
use nn::metrics::{Accuracy, F1};
use nn::optim::{AdamW, Penalty};
use nn::random::Random;
use nn::schedule::{Cosine, Schedule};
use nn::storage::to_bytes;
use nn::train::{Fit, Progress, Trainer};
use nn::{Batch, Layer, Network, Sample, Team, Workspace, check, network};
use std::sync::Arc;

network! {
    struct Block: [160] -> [160] {
        body: Residual {
            norm: LayerNorm,
            up: Dense(200) + Gelu,
            drop: Dropout(0.1),
            down: Dense(160),
        },
    }

    /// Large enough for its products to be split, with everything that draws random numbers or sums over the batch.
    struct Net: [15, 20] -> [7] {
        flat: Flatten,
        #[lora(rank = 8, alpha = 16, dropout = 0.1)]
        stem: Dense(160),
        norm: BatchNorm1d,
        act: PRelu,
        drop: Dropout(0.3),
        blocks: [Block; 2],
        logits: Dense(7),
    }

    struct Heads: (image: [300], more: [40]) -> (class: [50], value: [3]) {
        features: Dense(300) + Tanh from image,
        both: Concat from (features, more, image),
        again: Dense(300) + Silu from both,
        sum: Add from (again, features),
        class: Dense(50) from sum,
        all: Concat from (sum, class),
        value: Dense(3) from all,
    }
}

network! {
    /// Everything over images and sequences that has weights, by way of every kernel.
    struct Images: [3, 18, 15] -> [10] {
        stem: Conv2d(16, kernel = 3, stride = 2, padding = same, bias = false),
        norm: BatchNorm2d,
        act: Relu,
        body: Residual { conv: Conv2d(16, kernel = 3, padding = 1) + Gelu, groups: GroupNorm(4) },
        wide: Conv2d(24, kernel = 1) + Relu6,
        squares: Conv2d(24, kernel = 3, padding = 1) + Relu,
        depth: Conv2d(24, kernel = 5, padding = 2, groups = 24),
        slope: PRelu,
        pool: MaxPool2d(2, ceil = true),
        large: Upsample(2, mode = bilinear),
        up: ConvTranspose2d(12, kernel = 2, stride = 2) + Silu,
        parts: AdaptiveAvgPool2d(6),
        cut: Reshape([12, 36]),
        line: Conv1d(8, kernel = 3, padding = 1) + Tanh,
        along: LayerNorm,
        turned: Permute([2, 1]),
        look: MultiHeadAttention(4),
        flat: Flatten,
        hidden: Dense(65) + Softmax,
        scores: Dense(10),
    }
}

network! {
    /// States that go from step to step, each kind in one direction and in both.
    struct Sequences: [9, 20] -> [9, 24] {
        first: Lstm(40),
        second: Gru(16, bidirectional = true),
        third: Rnn(70, bias = false),
        fourth: Lstm(8, bidirectional = true),
        fifth: Gru(33),
        sixth: Rnn(12, bidirectional = true),
    }
}

type Data = Samples<[[f32; 20]; 15], u32>;

fn data(count: usize, seed: u64) -> Data {
    let mut random = Random::new(seed, "determinism");
    let labels: Vec<u32> = (0..count).map(|_| random.below(7) as u32).collect();
    let x: Vec<[[f32; 20]; 15]> = labels
        .iter()
        .map(|&label| {
            std::array::from_fn(|i| std::array::from_fn(|_| random.normal() as f32 + f32::from(i as u32 == label)))
        })
        .collect();
    let weights: Vec<f32> = (0..count).map(|i| 0.5 + (i % 3) as f32).collect();
    Samples::new(x, labels).unwrap().with_weights(weights).unwrap()
}

/// What has to be the same: parameters and running statistics, predictions, everything that was measured.
#[derive(PartialEq)]
struct Bits {
    network: Vec<u8>,
    scores: Vec<u32>,
    measured: Vec<(String, u64)>,
}

struct Run {
    net: u64,
    trainer: u64,
    threads: usize,
    prefetch: usize,
}

const RUN: Run = Run { net: 1, trainer: 2, threads: 1, prefetch: 0 };

impl Run {
    fn bits(&self) -> Bits {
        // The last batch of an epoch is smaller.
        let (train, validation) = (data(150, 1), data(70, 2));
        let optimizer = AdamW { lr: 3e-3, weight_decay: 0.02, ..AdamW::default() };
        let mut trainer = Trainer::new(Net::seeded(self.net), CrossEntropy, optimizer)
            .metric(Accuracy)
            .metric(F1)
            .schedule(Cosine::new(12).warmup(3))
            .clip_norm(1.0)
            .clip_value(0.1)
            .penalty(Penalty { l1: 1e-5, l2: 1e-4 })
            .seed(self.trainer)
            .threads(self.threads);
        let fit = Fit {
            epochs: 3,
            batch_size: 40,
            validation: Some(&validation),
            prefetch: self.prefetch,
            progress: Progress::Silent,
            ..Fit::default()
        };
        let history = trainer.fit(&train, &fit).unwrap();
        let losses = history.values("loss");
        assert!(losses[2] < losses[0], "it learns: {losses:?}");
        let evaluation = trainer.evaluate(&validation).unwrap();
        let values = history.epochs().iter().flat_map(|epoch| epoch.values.iter()).chain(evaluation.values.iter());
        Bits {
            measured: values.map(|(name, value)| (name.to_owned(), value.to_bits())).collect(),
            scores: trainer.predict(validation.x()).flat().iter().map(|score| score.to_bits()).collect(),
            network: to_bytes(trainer.network()).unwrap(),
        }
    }
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let expected = RUN.bits();
    for threads in [1, 2, 3, 8] {
        assert!(Run { threads, ..RUN }.bits() == expected, "{threads} threads");
        assert!(Run { threads, prefetch: 2, ..RUN }.bits() == expected, "{threads} threads, prefetching");
    }
}

#[test]
fn another_seed_gives_other_bits() {
    let expected = RUN.bits();
    let (net, trainer) = (Run { net: 2, ..RUN }.bits(), Run { trainer: 1, ..RUN }.bits());
    assert!(net.network != expected.network && net.scores != expected.scores && net.measured != expected.measured);
    assert!(trainer.network != expected.network && trainer.scores != expected.scores);
}

#[test]
fn a_pass_of_a_generated_network_has_the_same_bits_on_any_number_of_threads() {
    for samples in [1, 40, 129] {
        check::threads(&mut Net::seeded(3), samples).unwrap();
        check::threads(&mut Heads::seeded(4), samples).unwrap();
        check::threads(&mut Sequences::seeded(7), samples).unwrap();
    }
}

#[test]
fn a_prepared_network_gives_the_same_bits_on_any_number_of_threads() {
    let x = data(100, 3);
    let predict = |threads| {
        let mut prepared = Net::seeded(5).prepare(64).with_team(Arc::new(Team::new(threads)));
        prepared.predict(x.x()).to_vec()
    };
    let expected = predict(1);
    for threads in [2, 3, 8] {
        assert!(predict(threads) == expected, "{threads} threads");
    }
}

/// Whether a sample gives the same bits alone, among few and among many, in both forward passes.
fn assert_each_by_itself<I, O>(net: &impl Layer<In = I, Out = O>, threads: usize)
where
    I: Sample<Element = f32>,
    O: Sample<Element = f32>,
{
    const COUNT: usize = 67;
    let mut random = Random::new(9, "by itself");
    let mut x = Batch::<I>::zeroed(COUNT);
    x.flat_mut().fill_with(|| random.normal() as f32);
    let mut workspace = Workspace::with_team(COUNT, Arc::new(Team::new(threads)));
    let bits = |y: &[O]| O::flat(y).iter().map(|y| y.to_bits()).collect::<Vec<u32>>();
    let [evaluation, training] = [bits(workspace.forward(net, &x)), bits(workspace.inspect(net, &x).output())];
    for size in [1, 2, 3, 8, 33] {
        for (i, part) in x.chunks(size).enumerate() {
            let place = i * size * O::LEN..(i * size + part.len()) * O::LEN;
            assert!(
                bits(workspace.forward(net, part)) == evaluation[place.clone()],
                "{size} at once, {threads} threads"
            );
            assert!(bits(workspace.inspect(net, part).output()) == training[place], "{size} at once, in training");
        }
    }
}

#[test]
fn what_a_sample_gives_does_not_depend_on_the_batch_around_it() {
    for threads in [1, 3] {
        assert_each_by_itself(&Net::seeded(5), threads);
        assert_each_by_itself(&Images::seeded(6), threads);
        assert_each_by_itself(&Sequences::seeded(7), threads);
    }
}
