//! Transfer learning: a network that has seen the digits 0 to 4 learns 5 to 9 from a few examples of each. Its convolutions
//! stay as they are, and only a new head is trained, on their outputs, which are computed once; a network that starts from
//! nothing sees the same examples. Writes a picture that compares both.
//!
//! `cargo run --release --example transfer -- --help`

#[path = "../cnn/chart.rs"]
mod chart;
#[path = "../common/exit.rs"]
mod exit;
#[path = "../common/output.rs"]
mod output;
mod picture;
#[path = "../cnn/plots.rs"]
mod plots;

use clap::Parser;
use nn::data::Subset;
use nn::prelude::*;
use nn::random::Random;
use std::path::PathBuf;
use std::process::ExitCode;

network! {
    /// Sees strokes, bends and crossings.
    #[derive(Clone)]
    pub struct Strokes: [1, 28, 28] -> [800] {
        conv1: Conv2d(16, kernel = 3) + Relu,
        pool1: MaxPool2d(2),
        conv2: Conv2d(32, kernel = 3) + Relu,
        pool2: MaxPool2d(2),
        flat:  Flatten,
    }

    /// Tells digits by their strokes.
    pub struct Head: [800] -> [5] {
        hidden: Dense(64) + Relu,
        drop:   Dropout(0.25),
        scores: Dense(5),
    }

    /// Five digits.
    pub struct Digits: [1, 28, 28] -> [5] {
        strokes: Strokes,
        head:    Head,
    }
}

type Image = <Digits as nn::Layer>::In;

/// Compares a head on pretrained convolutions with a network that starts from nothing.
#[derive(Parser)]
struct Options {
    /// How many examples of each new digit there are, for the courses of training in the picture.
    #[arg(long, default_value_t = 5)]
    samples: usize,
    /// How often to go through the digits 0 to 4 before.
    #[arg(long, default_value_t = 2)]
    pretraining: usize,
    /// How often to go through the few examples.
    #[arg(long, default_value_t = 60)]
    epochs: usize,
    /// How many runs to average; each has other weights and other examples.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    runs: u64,
    /// The folder with the four files of MNIST, plain or gzip.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist"))]
    data: PathBuf,
    /// Where to write the picture.
    #[arg(long, value_name = "FILE", default_value = "transfer.svg")]
    out: PathBuf,
}

/// Test accuracies of several runs, each for the same examples.
#[derive(Clone, Debug, Default)]
struct Compared {
    transfer: Vec<f64>,
    scratch: Vec<f64>,
}

fn main() -> ExitCode {
    exit::with(run(&Options::parse()))
}

fn run(options: &Options) -> nn::Result<()> {
    output::check(&options.out)?;
    let (train, test) = nn::data::mnist(&options.data)?;
    let (low, low_test) = (digits(&train, 0..5)?, digits(&test, 0..5)?);
    let (high, high_test) = (digits(&train, 5..10)?, digits(&test, 5..10)?);

    let mut trainer = Trainer::new(Digits::seeded(0), CrossEntropy, Adam::default()).metric(Accuracy);
    let fit = Fit { epochs: options.pretraining, batch_size: 64, validation: Some(&low_test), ..Fit::default() };
    println!("digits 0 to 4, {} of them", low.len());
    trainer.fit(&low, &fit)?;
    // What comes next needs only the convolutions; the old head is left behind.
    let strokes = trainer.into_network().strokes;
    let test_features = Cached::new(&strokes, &high_test)?;

    let mut counts = vec![1, 2, 5, 10, 20, 50, 100, options.samples];
    counts.sort_unstable();
    counts.dedup();
    println!("\ndigits 5 to 9: test accuracy, the mean of {} runs\nof each | transfer | from nothing", options.runs);
    let (mut compared, mut courses) = (Vec::new(), None);
    for count in counts {
        let mut accuracies = Compared::default();
        for seed in 0..options.runs {
            let few = few(&high, count, seed)?;
            let course = if count == options.samples && seed == 0 { options.epochs } else { 0 };

            let features = Cached::new(&strokes, &few)?;
            let mut trainer =
                Trainer::new(Head::seeded(seed), CrossEntropy, Adam::default()).metric(Accuracy).seed(seed);
            let history = trainer.fit(&features, &fitting(options.epochs, (course > 0).then_some(&test_features)))?;
            // The head in its place on the convolutions that it was trained for.
            let mut net = Digits { strokes: strokes.clone(), head: trainer.into_network() };
            accuracies.transfer.push(accuracy(&net, &high_test));

            net = Digits::seeded(100 + seed);
            let mut trainer = Trainer::new(net, CrossEntropy, Adam::default()).metric(Accuracy).seed(seed);
            let scratch = trainer.fit(&few, &fitting(options.epochs, (course > 0).then_some(&high_test)))?;
            accuracies.scratch.push(accuracy(trainer.network(), &high_test));
            if course > 0 {
                courses = Some((history, scratch));
            }
        }
        println!("{count:>7} | {:>6.1} % | {:>6.1} %", mean(&accuracies.transfer), mean(&accuracies.scratch));
        compared.push((count, accuracies));
    }
    let Some(courses) = courses else { return Ok(()) };
    plots::draw(&options.out, (1000, 440), |area| picture::draw(area, &compared, (options.samples, &courses)))?;
    println!("\npicture in {}", options.out.display());
    if let Some((count, Compared { transfer, scratch })) = compared.iter().find(|(count, _)| *count == options.samples)
    {
        println!("{count} of each: transfer {:.1} %, from nothing {:.1} %", mean(transfer), mean(scratch));
    }
    Ok(())
}

/// The digits of a range, labelled from 0.
fn digits(all: &Samples<Image, u32>, range: std::ops::Range<u32>) -> nn::Result<Samples<Image, u32>> {
    let chosen = (0..all.len()).filter(|&i| range.contains(&all.y()[i]));
    Subset::new(all, chosen)?.map(|_, label: &mut [u32]| label[0] -= range.start).to_samples()
}

/// `count` examples of each of five digits, chosen by a seed.
fn few(all: &Samples<Image, u32>, count: usize, seed: u64) -> nn::Result<Samples<Image, u32>> {
    let mut order: Vec<usize> = (0..all.len()).collect();
    Random::new(seed, "few").shuffle(&mut order);
    let mut left = [count; 5];
    let chosen = order.into_iter().filter(|&i| {
        let left = &mut left[all.y()[i] as usize];
        let wanted = *left > 0;
        *left = left.saturating_sub(1);
        wanted
    });
    Subset::new(all, chosen)?.to_samples()
}

fn fitting<X: nn::Value>(epochs: usize, validation: Option<&dyn Dataset<X, u32>>) -> Fit<'_, X, u32> {
    Fit { epochs, batch_size: 10, validation, progress: Progress::Silent, ..Fit::default() }
}

fn accuracy(net: &Digits, data: &Samples<Image, u32>) -> f64 {
    nn::metrics::measure(Accuracy, &net.predict(data.x()), data.y())
}

/// The mean in per cent.
fn mean(values: &[f64]) -> f64 {
    100.0 * values.iter().sum::<f64>() / values.len() as f64
}
