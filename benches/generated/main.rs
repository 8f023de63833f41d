//! Code that `network!` writes beside the same network written by hand over nn-kernels.
//!
//! `cargo bench --bench generated` first prints the ratio of both, measured in turns, then criterion's times of each.

mod by_hand;

use by_hand::ByHand;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use nn::loss::CrossEntropy;
use nn::optim::{Adam, Optimizer, Stepper};
use nn::{Batch, Parameters, Team, Workspace, network};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

network! {
    /// 784-128-64-10, the usual first network for MNIST.
    pub struct Mlp: [784] -> [10] {
        hidden1: Dense(128) + Relu,
        hidden2: Dense(64) + Relu,
        logits:  Dense(10),
    }
}

/// Both networks with the same parameters, and a batch.
struct Pair {
    team: Arc<Team>,
    x: Batch<[f32; 784]>,
    labels: Batch<u32>,
    net: Mlp,
    workspace: Workspace<Mlp>,
    gradients: <Mlp as Parameters>::Grads,
    optimizer: Stepper<Mlp, Adam>,
    by_hand: ByHand,
}

impl Pair {
    /// For timing, with steps that are too small to learn: gradients that vanish in the end would time denormal numbers.
    fn new(batch: usize) -> Self {
        Self::check(batch);
        Self::with_lr(batch, 1e-9)
    }

    /// Both compute the same, bit for bit.
    fn check(batch: usize) {
        let mut pair = Self::with_lr(batch, 1e-3);
        for _ in 0..3 {
            assert_eq!(pair.generated(Part::Step), pair.by_hand(Part::Step));
        }
        assert_eq!(pair.generated(Part::Forward), pair.by_hand(Part::Forward));
        assert_eq!(pair.workspace.forward(&pair.net, &pair.x).as_flattened(), pair.by_hand.output());
        assert_eq!(pair.net.hidden1.weight.values(), pair.by_hand.weight(0));
    }

    fn with_lr(batch: usize, lr: f64) -> Self {
        let mut random = nn::random::Random::new(0, "bench");
        let mut x = Batch::<[f32; 784]>::zeroed(batch);
        x.flat_mut().fill_with(|| random.normal() as f32);
        let (net, team) = (Mlp::seeded(0), Arc::new(Team::new(1)));
        let by_hand = ByHand::new(
            [
                (net.hidden1.weight.values(), net.hidden1.bias.values()),
                (net.hidden2.weight.values(), net.hidden2.bias.values()),
                (net.logits.weight.values(), net.logits.bias.values()),
            ],
            batch,
            lr as f32,
        );
        Self {
            workspace: Workspace::with_team(batch, team.clone()),
            gradients: net.grads(),
            optimizer: Adam { lr, ..Adam::default() }.stepper(&net),
            labels: (0..batch).map(|_| random.below(10) as u32).collect(),
            team,
            x,
            net,
            by_hand,
        }
    }

    fn generated(&mut self, part: Part) -> f64 {
        let Self { team, x, labels, net, workspace, gradients, optimizer, .. } = self;
        match part {
            Part::Forward => f64::from(workspace.forward(net, x)[0][0]),
            Part::Gradients | Part::Step => {
                let scored = workspace.forward_train(net, x).loss(&CrossEntropy, labels);
                let loss = scored.value();
                scored.backward(gradients);
                if part == Part::Step {
                    optimizer.step(net, gradients, team).expect("gradients are finite");
                }
                loss
            }
        }
    }

    fn by_hand(&mut self, part: Part) -> f64 {
        let Self { team, x, labels, by_hand, .. } = self;
        match part {
            Part::Forward => f64::from(by_hand.forward(team, x.flat())[0]),
            Part::Gradients => by_hand.gradients(team, x.flat(), labels),
            Part::Step => by_hand.step(team, x.flat(), labels),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    Forward,
    /// Forward, loss, backward.
    Gradients,
    /// The same and Adam.
    Step,
}

const PARTS: [Part; 3] = [Part::Forward, Part::Gradients, Part::Step];
const BATCHES: [usize; 3] = [1, 32, 128];

fn benches(criterion: &mut Criterion) {
    for part in PARTS {
        let mut group = criterion.benchmark_group(format!("{part:?}").to_lowercase());
        for batch in BATCHES {
            let mut pair = Pair::new(batch);
            group.bench_function(BenchmarkId::new("generated", batch), |b| b.iter(|| black_box(pair.generated(part))));
            group.bench_function(BenchmarkId::new("by_hand", batch), |b| b.iter(|| black_box(pair.by_hand(part))));
        }
        group.finish();
    }
}

/// Pairs that are timed: where their buffers happen to lie is worth some percent either way.
const PAIRS: usize = 8;

/// Both in turns of about 200 µs, so that whatever else the machine does hits both: the median time of each, and the median of
/// the ratios of neighbouring turns.
fn ratios(_: &mut Criterion) {
    println!("ratios of turns; 1 is: generated code costs nothing");
    for part in PARTS {
        for batch in BATCHES {
            let mut pairs: Vec<Pair> = (0..PAIRS).map(|_| Pair::new(batch)).collect();
            let (mut generated, mut by_hand, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
            let start = Instant::now();
            while start.elapsed() < Duration::from_secs(3) {
                for pair in &mut pairs {
                    let once = time(1, || pair.by_hand(part)).max(time(1, || pair.generated(part)));
                    let runs = (2e-4 / once).ceil() as usize;
                    for _ in 0..8 {
                        let times = (time(runs, || pair.generated(part)), time(runs, || pair.by_hand(part)));
                        generated.push(times.0);
                        by_hand.push(times.1);
                        ratios.push(times.0 / times.1);
                    }
                }
            }
            println!(
                "{:9} b={batch:<3}  generated {:9.3} µs  by hand {:9.3} µs  ratio {:.3}",
                format!("{part:?}").to_lowercase(),
                1e6 * median(generated),
                1e6 * median(by_hand),
                median(ratios)
            );
        }
    }
}

/// Seconds for one of `runs`.
fn time(runs: usize, mut run: impl FnMut() -> f64) -> f64 {
    let start = Instant::now();
    for _ in 0..runs {
        black_box(run());
    }
    start.elapsed().as_secs_f64() / runs as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

criterion_group!(all, ratios, benches);
criterion_main!(all);
