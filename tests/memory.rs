//! A training step allocates nothing after the first, on any thread.
//!
//! One test in a file of its own: the count is of the whole process.

use nn::data::Samples;
use nn::lora::{Adapted, Tuning};
use nn::loss::CrossEntropy;
use nn::metrics::{Accuracy, F1};
use nn::optim::{Adadelta, Adagrad, Adam, AdamW, Adamax, Lion, NAdam, Optimizer, Penalty, RAdam, RmsProp, Sgd};
use nn::plan::{Biases, Freeze, Norms, Planned, Train};
use nn::random::Random;
use nn::schedule::{Cosine, Schedule};
use nn::train::{Fit, FrozenCache, Progress, Trainer};
use nn::{Batch, Layer, Network, Parameters, Sample, Scores, Team, Value, Workspace, network};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::sync::{Arc, Mutex};

#[global_allocator]
static COUNTED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Allocations of the whole process so far.
fn allocations() -> usize {
    let stats = COUNTED.stats();
    stats.allocations + stats.reallocations
}

network! {
    struct Net: [784] -> [10] {
        first: Dense(128) + Relu,
        norm: BatchNorm1d,
        drop: Dropout(0.1),
        block: Residual { inner: Dense(128) + Gelu },
        #[lora(rank = 4, dropout = 0.1)]
        second: Dense(64) + Relu,
        scores: Dense(10),
    }

    struct Residuals: [784] -> [10] {
        first: Dense(32) + Relu,
        norm: BatchNorm1d,
        block: Residual { inner: Dense(32) + Gelu },
        scores: Dense(10),
    }

    struct Block: [24] -> [24] {
        body: Residual { norm: LayerNorm, up: Dense(40) + Silu, down: Dense(24) },
    }

    /// Everything that has buffers of its own.
    struct Branches: (left: [6, 4], right: [12]) -> (class: [5], value: [1]) {
        look: MultiHeadAttention(2, causal = true) from left,
        flat: Flatten,
        blocks: [Block; 3],
        first: Dense(12) + Mish from right,
        again: same_as first,
        soft: Softmax,
        slope: PRelu from again,
        sum: Add from (soft, slope, right),
        all: Concat from (blocks, sum),
        class: Dense(5) + LogSoftmax,
        both: Concat from (class, all),
        value: Dense(1) from both,
    }
}

network! {
    /// Everything over images and sequences.
    struct Images: [3, 18, 15] -> [10] {
        zeros: ZeroPad2d([[0, 1], 1]),
        stem: Conv2d(16, kernel = 3, stride = 2, padding = same, bias = false),
        norm: BatchNorm2d,
        act: Relu,
        body: Residual { conv: Conv2d(16, kernel = 3, padding = 1) + Gelu, groups: GroupNorm(4) },
        wide: Conv2d(24, kernel = 1) + Relu6,
        depth: Conv2d(24, kernel = 5, padding = 2, groups = 24),
        slope: PRelu,
        drop: Dropout2d(0.1),
        pool: MaxPool2d(2, ceil = true),
        large: Upsample(2, mode = bilinear),
        up: ConvTranspose2d(12, kernel = 2, stride = 2) + Silu,
        both: Concat from (up, up),
        parts: AdaptiveAvgPool2d(6),
        means: AvgPool2d(3, stride = 1),
        cut: Reshape([24, 16]),
        line: Conv1d(8, kernel = 3, padding = 1) + Tanh,
        flat: Flatten,
        scores: Dense(10),
    }
}

network! {
    /// States that go from step to step.
    struct Sequences: [28, 28] -> [10] {
        first: Lstm(48),
        second: Gru(40, bidirectional = true),
        third: Rnn(16, bias = false),
        flat: Flatten,
        scores: Dense(10),
    }
}

/// Everything that can be said of a line.
struct Upper;
impl ResidualsPlan for Upper {
    type First = Freeze;
    type Norm = Norms;
    type Block = Biases;
    type Scores = Train;
}

const BATCH: usize = 32;

fn data(count: usize) -> Samples<[f32; 784], u32> {
    let mut random = Random::new(1, "memory");
    let x: Vec<[f32; 784]> = (0..count).map(|_| core::array::from_fn(|_| random.uniform() as f32)).collect();
    Samples::new(x, (0..count as u32).map(|i| i % 10).collect::<Vec<_>>()).unwrap()
}

/// Allocations within the first epoch after its second step, and from the end of each epoch to the last step of the next: the order of
/// the samples, every batch, every step, one of them smaller.
fn of_the_trainer(
    data: &Samples<[f32; 784], u32>,
    threads: usize,
    prefetch: usize,
    accumulate: usize,
    frozen_cache: Option<FrozenCache>,
) -> Vec<usize> {
    let counts = Arc::new(Mutex::new((0, Vec::with_capacity(10))));
    let (at_batch, at_epoch) = (counts.clone(), counts.clone());
    let mut trainer = Trainer::new(Net::seeded(1), CrossEntropy, Adam::default())
        .metric(Accuracy)
        .metric(F1)
        .schedule(Cosine::new(100).warmup(10))
        .clip_norm(1.0)
        .penalty(Penalty { l1: 0.0, l2: 1e-4 })
        .threads(threads)
        .on_batch_end(move |view| {
            let now = allocations();
            let (start, counts) = &mut *at_batch.lock().unwrap();
            if (view.epoch, view.batch) == (1, 2) {
                *start = now;
            } else if view.batch == view.batches {
                counts.push(now - *start);
            }
        })
        .on_epoch_end(move |_| at_epoch.lock().unwrap().0 = allocations());
    if frozen_cache.is_some() {
        trainer = trainer.train_only(NetPerLayer { second: true, scores: true, ..Net::per_layer(false) });
    }
    let frozen_cache = frozen_cache.unwrap_or_default();
    let fit = Fit {
        epochs: 3,
        batch_size: BATCH,
        prefetch,
        accumulate,
        progress: Progress::Silent,
        frozen_cache,
        ..Fit::default()
    };
    trainer.fit(data, &fit).unwrap();
    counts.lock().unwrap().1.clone()
}

/// Allocations of ten steps of a loop written by hand, after two.
fn of_a_loop<N>(mut net: N, data: &Samples<[f32; 784], u32>, threads: usize) -> usize
where
    N: Layer<In = [f32; 784], Out = [f32; 10], Gives = Scores>,
{
    let mut workspace = Workspace::with_team(BATCH, Arc::new(Team::new(threads)));
    let mut gradients = net.grads();
    let mut optimizer = Adam::default().stepper(&net);
    let mut start = 0;
    for step in 0..12 {
        if step == 2 {
            start = allocations();
        }
        let range = step * BATCH..(step + 1) * BATCH;
        let (x, labels) = (&data.x()[range.clone()], &data.y()[range]);
        workspace.forward_train(&net, x).loss(&CrossEntropy, labels).backward(&mut gradients);
        optimizer.step(&mut net, &mut gradients, workspace.team()).unwrap();
        workspace.commit(&mut net);
        assert_eq!(workspace.forward(&net, x).len(), BATCH);
    }
    allocations() - start
}

/// Allocations of eight steps of a network over images or sequences, after two, the last of them with smaller batches; evaluation beside them.
fn of_samples<N, X>(mut net: N, threads: usize) -> usize
where
    N: Layer<In = X, Out = [f32; 10], Gives = Scores>,
    X: Sample<Element = f32>,
{
    let mut x = Batch::<X>::zeroed(BATCH);
    let mut random = Random::new(1, "samples");
    x.flat_mut().fill_with(|| random.uniform() as f32);
    let labels: Vec<u32> = (0..BATCH as u32).map(|i| i % 10).collect();
    let mut workspace = Workspace::with_team(BATCH, Arc::new(Team::new(threads)));
    let mut optimizer = Adam::default().stepper(&net);
    let (mut gradients, mut start) = (net.grads(), 0);
    for step in 0..10 {
        if step == 2 {
            start = allocations();
        }
        let n = if step < 6 { BATCH } else { 2 * (step - 5) - 1 };
        workspace.forward_train(&net, &x[..n]).loss(&CrossEntropy, &labels[..n]).backward(&mut gradients);
        optimizer.step(&mut net, &mut gradients, workspace.team()).unwrap();
        workspace.commit(&mut net);
        assert_eq!(workspace.forward(&net, &x[..n]).len(), n);
    }
    allocations() - start
}

/// Allocations of eight steps with any optimiser, after two, the last of them with smaller batches.
fn of_steps<O: Optimizer>(optimizer: O, threads: usize) -> usize {
    let mut net = Branches::seeded(1);
    let input =
        BranchesIn { left: Batch::from_samples(&[[[0.5; 4]; 6]; 9]), right: Batch::from_samples(&[[-0.5; 12]; 9]) };
    let input = BranchesIn::borrow(&input);
    let mut workspace = Workspace::with_team(9, Arc::new(Team::new(threads)));
    let mut optimizer = optimizer.stepper(&net).clip_value(0.5).clip_norm(1.0).penalty(Penalty { l1: 1e-4, l2: 1e-4 });
    let (mut gradients, mut start) = (net.grads(), 0);
    for step in 0..10 {
        if step == 2 {
            start = allocations();
        }
        let x = BranchesIn::part(input, 0..if step < 6 { 9 } else { step - 3 });
        let scored = workspace.forward_train(&net, x).loss_with(|y, dy| {
            dy.class.copy_from_slice(y.class);
            dy.value.copy_from_slice(y.value);
            0.0
        });
        scored.backward(&mut gradients);
        optimizer.step(&mut net, &mut gradients, workspace.team()).unwrap();
        workspace.commit(&mut net);
    }
    allocations() - start
}

#[test]
fn a_step_allocates_nothing_after_the_first() {
    let before = allocations();
    drop(std::hint::black_box(vec![1.0; 10]));
    assert_eq!(allocations() - before, 1, "the counter counts");

    let data = data(BATCH * 12 + 5);
    for threads in [1, 2] {
        assert_eq!(of_the_trainer(&data, threads, 0, 1, None), [0, 0, 0], "{threads} threads");
        assert_eq!(of_the_trainer(&data, threads, 2, 1, None), [0, 0, 0], "{threads} threads, prefetching");
        assert_eq!(of_the_trainer(&data, threads, 0, 2, None), [0, 0, 0], "{threads} threads, accumulating");
        let memory = FrozenCache::default();
        assert_eq!(of_the_trainer(&data, threads, 2, 1, Some(memory)), [0, 0, 0], "{threads} threads, from memory");
        let folder = std::env::temp_dir().join(format!("nn-memory-{}", std::process::id()));
        let disk = FrozenCache::Disk(folder.clone());
        assert_eq!(of_the_trainer(&data, threads, 0, 1, Some(disk)), [0, 0, 0], "{threads} threads, from a file");
        assert!(folder.join("training.features").exists());
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(of_samples(Images::seeded(1), threads), 0, "{threads} threads, over images");
        assert_eq!(of_samples(Sequences::seeded(1), threads), 0, "{threads} threads, over sequences");
        assert_eq!(of_a_loop(Net::seeded(1), &data, threads), 0, "{threads} threads, by hand");
        let choose = |_: &str, kind: &str| if kind == "Dense" { Tuning::LowRank } else { Tuning::Whole };
        let plain = Residuals::seeded(1);
        let adapted = Adapted::new(plain, 3, 6.0, choose).unwrap();
        assert_eq!(of_a_loop(adapted, &data, threads), 0, "{threads} threads, adapted at run time");
        let planned = Planned::<_, Upper>::new(Residuals::seeded(1));
        assert_eq!(of_a_loop(planned, &data, threads), 0, "{threads} threads, by a plan");

        let mut prepared = Net::seeded(1).prepare(BATCH).with_team(Arc::new(Team::new(threads)));
        let x = &data.x()[..BATCH];
        let first = prepared.predict(x).to_vec();
        let before = allocations();
        for count in [BATCH, 1, 7] {
            assert_eq!(prepared.predict(&x[..count]).len(), count);
        }
        assert_eq!(prepared.predict(x), first);
        assert_eq!(allocations() - before, 0, "{threads} threads, prepared");
    }

    macro_rules! every_optimizer {
        ($($name:ident)*) => {$(
            assert_eq!(of_steps($name::default(), 1), 0, stringify!($name));
            assert_eq!(of_steps($name::default(), 2), 0, concat!(stringify!($name), " on 2 threads"));
        )*};
    }
    every_optimizer!(Sgd Adam AdamW RmsProp Adagrad Adadelta NAdam RAdam Adamax Lion);
    assert_eq!(of_steps(Adam { amsgrad: true, ..Adam::default() }, 2), 0);
    assert_eq!(of_steps(Sgd { momentum: 0.9, nesterov: true, ..Sgd::default() }, 2), 0);
}
