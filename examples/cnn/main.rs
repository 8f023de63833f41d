//! A convolutional network for handwritten digits, and pictures of what it learns: the MNIST network of Keras' examples (two convolutions,
//! one pool, dropout), trained with Adam in batches of 128. Writes training curves, a confusion matrix and the worst mistakes as SVG.
//!
//! `cargo run --release --example cnn -- --help`

mod chart;
mod confusion;
mod curves;
#[path = "../common/exit.rs"]
mod exit;
mod mistakes;
mod plots;
mod rates;

use clap::Parser;
use nn::data::transform::normalize;
use nn::prelude::*;
use nn::schedule::Cosine;
use nn::train::FindLr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// An image of one channel.
type Image = [[[f32; 28]; 28]; 1];

network! {
    /// Keras' `mnist_convnet` of 2015 to 2020.
    pub struct Cnn: [1, 28, 28] -> [10] {
        conv1:  Conv2d(32, kernel = 3) + Relu,
        conv2:  Conv2d(64, kernel = 3) + Relu,
        pool:   MaxPool2d(2),
        drop1:  Dropout(0.25),
        flat:   Flatten,
        hidden: Dense(128) + Relu,
        drop2:  Dropout(0.5),
        logits: Dense(10),
    }
}

/// Trains a convolutional network on MNIST and draws what it has learnt.
#[derive(Parser)]
struct Options {
    /// How often to go through the training digits.
    #[arg(long, default_value_t = 3)]
    epochs: usize,
    /// How many digits a step takes.
    #[arg(long, default_value_t = 128)]
    batch: usize,
    /// What the initial weights, the order of the digits and dropout are drawn from.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The learning rate of Adam at the start; it falls to zero along a cosine.
    #[arg(long, default_value_t = 1e-3)]
    lr: f64,
    /// Keep the learning rate as it is at the start.
    #[arg(long)]
    constant: bool,
    /// Instead of training, look for a learning rate: try rates from 1e-6 to 10 and draw the loss over them.
    #[arg(long)]
    find_lr: bool,
    /// How many threads to compute with; 0 for one a core.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Train on the first so many digits only; 0 for all.
    #[arg(long, default_value_t = 0)]
    samples: usize,
    /// The folder with the four files of MNIST (or Fashion-MNIST), plain or gzip.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist"))]
    data: PathBuf,
    /// The folder for the pictures and the network.
    #[arg(long, value_name = "DIR", default_value = "cnn-results")]
    out: PathBuf,
}

fn main() -> ExitCode {
    exit::with(run(&Options::parse()))
}

fn run(options: &Options) -> nn::Result<()> {
    let (train, test) = nn::data::mnist::<Image>(&options.data)?;
    // Less the mean and divided by the standard deviation of MNIST, as in PyTorch's example.
    let normal = |image: &mut [Image], _: &mut [u32]| normalize(image, &[0.1307], &[0.3081]);
    let (train, normal_test) = (train.map(normal), (&test).map(normal).to_samples()?);
    let train = train.subset(0..if options.samples == 0 { train.len() } else { options.samples })?;
    std::fs::create_dir_all(&options.out).map_err(|error| nn::Error::io("create", &options.out, error))?;
    let net = Cnn::seeded(options.seed);
    println!("{}", net.summary());

    let losses = Arc::new(Mutex::new(Vec::new()));
    let seen = losses.clone();
    let mut trainer = Trainer::new(net, CrossEntropy, Adam { lr: options.lr, ..Adam::default() })
        .metric(Accuracy)
        .seed(options.seed)
        .threads(options.threads)
        .on_batch_end(move |view| seen.lock().expect("nothing panics while it is locked").push(view.batch_loss));
    if !options.constant {
        let steps = options.epochs * train.len().div_ceil(options.batch.max(1));
        trainer = trainer.schedule(Cosine::new(steps as u64));
    }
    let file = |name: &str| options.out.join(name);
    if options.find_lr {
        let curve = trainer.find_lr(&train, &FindLr { batch_size: options.batch, ..FindLr::default() })?;
        plots::draw(&file("rates.svg"), (760, 440), |area| rates::draw(area, &curve))?;
        println!("{curve}\nrates.svg is in {}", options.out.display());
        return Ok(());
    }
    let fit =
        Fit { epochs: options.epochs, batch_size: options.batch, validation: Some(&normal_test), ..Fit::default() };
    let start = Instant::now();
    let history = trainer.fit(&train, &fit)?;
    println!("trained in {:.1} s", start.elapsed().as_secs_f64());

    let scores = trainer.predict(normal_test.x());
    let mut matrix = ConfusionMatrix::default();
    nn::metrics::update(&mut matrix, &scores, test.y());
    println!("\n{matrix}\n");

    let losses = losses.lock().expect("nothing panics while it is locked");
    plots::draw(&file("curves.svg"), (1100, 440), |area| curves::draw(area, &losses, &history))?;
    plots::draw(&file("confusion.svg"), (760, 760), |area| confusion::draw(area, &matrix))?;
    let worst = mistakes::worst(&scores, test.y());
    plots::draw(&file("mistakes.svg"), mistakes::SIZE, |area| mistakes::draw(area, test.x(), &worst))?;
    trainer.network().save(file("cnn.safetensors"))?;
    println!("curves.svg, confusion.svg, mistakes.svg and cnn.safetensors are in {}", options.out.display());
    println!("test accuracy {:.2} %", 100.0 * matrix.accuracy());
    Ok(())
}
