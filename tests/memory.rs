//! A training step allocates nothing after the first, on any thread.
//!
//! One test in a file of its own: the count is of the whole process.

use nn::data::Samples;
use nn::loss::CrossEntropy;
use nn::metrics::{Accuracy, F1};
use nn::optim::{Adam, Optimizer, Penalty};
use nn::random::Random;
use nn::schedule::{Cosine, Schedule};
use nn::train::{Fit, Progress, Trainer};
use nn::{Network, Parameters, Team, Workspace, network};
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
        second: Dense(64) + Relu,
        scores: Dense(10),
    }
}

const BATCH: usize = 32;

fn data(count: usize) -> Samples<[f32; 784], u32> {
    let mut random = Random::new(1, "memory");
    let x: Vec<[f32; 784]> = (0..count).map(|_| core::array::from_fn(|_| random.uniform() as f32)).collect();
    Samples::new(x, (0..count as u32).map(|i| i % 10).collect::<Vec<_>>()).unwrap()
}

/// Allocations between the second and the last step of each of two epochs, with a last batch that is smaller.
fn of_the_trainer(data: &Samples<[f32; 784], u32>, threads: usize, prefetch: usize, accumulate: usize) -> Vec<usize> {
    let counts = Arc::new(Mutex::new((0, Vec::with_capacity(10))));
    let sink = counts.clone();
    let mut trainer = Trainer::new(Net::seeded(1), CrossEntropy, Adam::default())
        .metric(Accuracy)
        .metric(F1)
        .schedule(Cosine::new(100).warmup(10))
        .clip_norm(1.0)
        .penalty(Penalty { l1: 0.0, l2: 1e-4 })
        .threads(threads)
        .on_batch_end(move |view| {
            let now = allocations();
            let (start, counts) = &mut *sink.lock().unwrap();
            if view.batch == 2 {
                *start = now;
            } else if view.batch == view.batches {
                counts.push(now - *start);
            }
        });
    let fit = Fit { epochs: 2, batch_size: BATCH, prefetch, accumulate, progress: Progress::Silent, ..Fit::default() };
    trainer.fit(data, &fit).unwrap();
    counts.lock().unwrap().1.clone()
}

/// Allocations of ten steps of a loop written by hand, after two.
fn of_a_loop(data: &Samples<[f32; 784], u32>, threads: usize) -> usize {
    let mut net = Net::seeded(1);
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

#[test]
fn a_step_allocates_nothing_after_the_first() {
    let before = allocations();
    drop(std::hint::black_box(vec![1.0; 10]));
    assert_eq!(allocations() - before, 1, "the counter counts");

    let data = data(BATCH * 12 + 5);
    for threads in [1, 2] {
        assert_eq!(of_the_trainer(&data, threads, 0, 1), [0, 0], "{threads} threads");
        assert_eq!(of_the_trainer(&data, threads, 2, 1), [0, 0], "{threads} threads, prefetching");
        assert_eq!(of_the_trainer(&data, threads, 0, 2), [0, 0], "{threads} threads, accumulating");
        assert_eq!(of_a_loop(&data, threads), 0, "{threads} threads, by hand");
    }

    let mut prepared = Net::seeded(1).prepare(BATCH);
    let x = &data.x()[..BATCH];
    prepared.predict(x);
    let before = allocations();
    for count in [BATCH, 1, 7] {
        assert_eq!(prepared.predict(&x[..count]).len(), count);
    }
    assert_eq!(allocations() - before, 0, "prepared");
}
