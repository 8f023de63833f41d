//! How long a training step and an inference take, workload by workload, in lines that are easy to compare with other libraries.
//!
//! `cargo run --release --example throughput -- --only mlp --threads 2 --secs 3`

mod networks;

use clap::Parser;
use networks::{Cnn, Gpt, Mlp, Recurrent, Resnet20, Tiny, Wide};
use nn::loss::{ClassLabels, Numbers};
use nn::prelude::*;
use nn::{Layer, Sample, Team};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Times training steps (cross-entropy, Adam) and inference.
#[derive(Parser)]
struct Options {
    /// Which workloads, separated by commas: mlp, tiny, wide, cnn, resnet20, lstm, gpt, effnet (EfficientNet-Lite0; with `--features zoo`).
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// How many threads to compute with; 0 for one a core.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// How long to measure each line.
    #[arg(long, default_value_t = 3.0)]
    secs: f64,
    /// Another batch for training than the workload's own.
    #[arg(long)]
    batch: Option<usize>,
}

fn main() {
    let options = Options::parse();
    let known = [
        "mlp",
        "tiny",
        "wide",
        "cnn",
        "resnet20",
        "lstm",
        "gpt",
        #[cfg(feature = "zoo")]
        "effnet",
    ];
    if let Some(name) = options.only.iter().find(|name| !known.contains(&name.as_str())) {
        if name == "effnet" {
            eprintln!("`effnet` is built only with `--features zoo`");
        } else {
            eprintln!("there is no workload `{name}`: {}", known.join(", "));
        }
        std::process::exit(2);
    }
    let wanted = |name: &str| options.only.is_empty() || options.only.iter().any(|only| only == name);
    let threads = if options.threads == 0 {
        std::thread::available_parallelism().map_or(1, usize::from)
    } else {
        options.threads
    };
    let team = Arc::new(Team::new(threads));
    if wanted("mlp") {
        for batch in options.batch.map_or(vec![32, 128], |batch| vec![batch]) {
            train("mlp", Mlp::seeded(0), samples(batch), &team, options.secs);
        }
    }
    if wanted("tiny") {
        train("tiny", Tiny::seeded(0), samples(options.batch.unwrap_or(128)), &team, options.secs);
    }
    if wanted("wide") {
        train("wide", Wide::seeded(0), samples(options.batch.unwrap_or(256)), &team, options.secs);
    }
    if wanted("cnn") {
        train("cnn", Cnn::seeded(0), samples(options.batch.unwrap_or(128)), &team, options.secs);
    }
    if wanted("resnet20") {
        train("resnet20", Resnet20::seeded(0), samples(options.batch.unwrap_or(64)), &team, options.secs);
    }
    if wanted("lstm") {
        train("lstm", Recurrent::seeded(0), samples(options.batch.unwrap_or(128)), &team, options.secs);
    }
    if wanted("gpt") {
        let batch = options.batch.unwrap_or(12);
        train("gpt", Gpt::seeded(0), (tokens(batch), tokens(batch)), &team, options.secs);
    }
    if wanted("mlp") {
        infer("mlp", Mlp::seeded(0), noise(1), &team, options.secs / 2.0);
    }
    if wanted("cnn") {
        infer("cnn", Cnn::seeded(0), noise(1), &team, options.secs / 2.0);
    }
    if wanted("resnet20") {
        infer("resnet20", Resnet20::seeded(0), noise(1), &team, options.secs / 2.0);
    }
    if wanted("lstm") {
        infer("lstm", Recurrent::seeded(0), noise(1), &team, options.secs / 2.0);
    }
    if wanted("gpt") {
        infer("gpt", Gpt::seeded(0), tokens(1), &team, options.secs / 2.0);
    }
    #[cfg(feature = "zoo")]
    if wanted("effnet") {
        infer("effnet", nn::zoo::EfficientNetLite0::seeded(0), noise(1), &team, options.secs / 2.0);
    }
}

/// Times whole training steps on random samples: forward, loss, backward, Adam.
fn train<N, X, Y>(name: &str, mut net: N, (x, y): (Batch<X>, Batch<Y>), team: &Arc<Team>, secs: f64)
where
    N: Layer<In = X, Out: Numbers, Gives = nn::Scores>,
    X: Sample,
    Y: ClassLabels<N::Out>,
{
    let (before, batch) = (resident(), x.len());
    let mut workspace = Workspace::with_team(batch, team.clone());
    let mut grads = net.grads();
    let mut optimizer = Adam::default().stepper(&net);
    let loss = CrossEntropy;
    let times = measure(secs, || {
        workspace.forward_train(&net, &x).loss(&loss, &y).backward(&mut grads);
        optimizer.step(&mut net, &mut grads, team).expect("gradients are finite");
    });
    let (median, best) = (middle(&times), times[0]);
    let rate = batch as f64 / median;
    println!(
        "train {name:9} b={batch:<4} median {:9.3} ms  best {:9.3} ms {rate:10.0} samples/s",
        median * 1e3,
        best * 1e3
    );
    if let (Some(before), Some(after)) = (before, resident()) {
        let (growth, bytes) = (after.saturating_sub(before), Workspace::<N>::training_bytes(batch));
        println!(
            "      {name:9} b={batch:<4} memory: the process grew by {:.1} MB, workspace {:.1} MB",
            mb(growth),
            mb(bytes)
        );
    }
}

/// The memory of the process that is in use, in bytes, where the system tells.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<usize>().ok().map(|kib| kib << 10)
}

fn mb(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

/// Times the inference of one sample.
fn infer<N: Layer<In = X>, X: Sample>(name: &str, net: N, x: Batch<X>, team: &Arc<Team>, secs: f64) {
    let mut net = net.prepare(1).with_team(team.clone());
    let times = measure(secs, || {
        std::hint::black_box(net.predict(std::hint::black_box(&x)));
    });
    println!("infer {name:9} b=1    median {:9.4} ms  best {:9.4} ms", middle(&times) * 1e3, times[0] * 1e3);
}

/// The sorted times of a step in seconds, after a few to warm up.
fn measure(secs: f64, mut step: impl FnMut()) -> Vec<f64> {
    (0..5).for_each(|_| step());
    let (start, limit) = (Instant::now(), Duration::from_secs_f64(secs));
    let mut times = Vec::new();
    while start.elapsed() < limit || times.len() < 5 {
        let step_start = Instant::now();
        step();
        times.push(step_start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    times
}

fn middle(times: &[f64]) -> f64 {
    times[times.len() / 2]
}

/// Noise with labels of ten classes.
fn samples<S: Sample<Element = f32>>(count: usize) -> (Batch<S>, Batch<u32>) {
    (noise(count), (0..count).map(|i| (i % 10) as u32).collect())
}

/// Any tokens of 65.
fn tokens<const STEPS: usize>(count: usize) -> Batch<[u32; STEPS]> {
    let mut random = nn::random::Random::new(0, "tokens");
    (0..count).map(|_| std::array::from_fn(|_| random.below(65) as u32)).collect()
}

fn noise<S: Sample<Element = f32>>(count: usize) -> Batch<S> {
    let mut random = nn::random::Random::new(0, "samples");
    let mut batch = Batch::zeroed(count);
    batch.flat_mut().fill_with(|| random.normal() as f32);
    batch
}
