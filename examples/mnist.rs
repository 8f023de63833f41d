//! Handwritten digits, from the files to a saved network: trains 784-128-64-10 on MNIST, prints what it learned and what it
//! confuses, saves, reloads and checks.
//!
//! `cargo run --release --example mnist -- --help`

#[path = "common/exit.rs"]
mod exit;
#[path = "common/output.rs"]
mod output;

use clap::Parser;
use nn::prelude::*;
use nn::schedule::Cosine;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

network! {
    /// A classifier of handwritten digits.
    pub struct Digits: [784] -> [10] {
        hidden1: Dense(128) + Relu,
        hidden2: Dense(64) + Relu,
        logits:  Dense(10),
    }
}

/// Trains a network on MNIST, saves it and checks what was saved.
#[derive(Parser)]
struct Options {
    /// How often to go through the 60000 training digits.
    #[arg(long, default_value_t = 5)]
    epochs: usize,
    /// How many digits a step takes.
    #[arg(long, default_value_t = 32)]
    batch: usize,
    /// What the initial weights and the order of the digits are drawn from.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The learning rate of Adam at the start.
    #[arg(long, default_value_t = 1e-3)]
    lr: f64,
    /// The folder with the four files of MNIST (or Fashion-MNIST), plain or gzip.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist"))]
    data: PathBuf,
    /// Where to save the network.
    #[arg(long, value_name = "FILE", default_value = "digits.safetensors")]
    out: PathBuf,
    /// How many threads to compute with; 0 for one a core.
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

fn main() -> ExitCode {
    exit::with(run(&Options::parse()))
}

fn run(options: &Options) -> nn::Result<()> {
    output::check(&options.out)?;
    let (train, test) = nn::data::mnist(&options.data)?;
    let net = Digits::seeded(options.seed);
    println!("{}", net.summary());

    // With a rate that falls to zero the network settles, instead of ending on the noise of its last steps.
    let steps = options.epochs * train.len().div_ceil(options.batch.max(1));
    let mut trainer = Trainer::new(net, CrossEntropy, Adam { lr: options.lr, ..Adam::default() })
        .schedule(Cosine::new(steps as u64))
        .metric(Accuracy)
        .seed(options.seed)
        .threads(options.threads);
    let fit = Fit { epochs: options.epochs, batch_size: options.batch, validation: Some(&test), ..Fit::default() };
    let start = Instant::now();
    trainer.fit(&train, &fit)?;
    println!("trained in {:.2} s", start.elapsed().as_secs_f64());

    let mut confusion = ConfusionMatrix::default();
    let scores = trainer.predict(test.x());
    nn::metrics::update(&mut confusion, &scores, test.y());
    println!("\n{confusion}");

    trainer.network().save(&options.out)?;
    let reloaded = Digits::load(&options.out)?;
    let accuracy = nn::metrics::measure(Accuracy, &reloaded.predict(test.x()), test.y());
    assert_eq!(accuracy, confusion.accuracy(), "the reloaded network differs from the saved one");
    println!("saved to {} and reloaded", options.out.display());
    println!("test accuracy {:.1} %", 100.0 * accuracy);
    Ok(())
}
