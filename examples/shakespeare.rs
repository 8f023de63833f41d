//! A small GPT that writes like Shakespeare, character by character: learns from ten of his works, is saved with its characters, and writes on.
//!
//! `cargo run --release --example shakespeare -- --prompt "To be, or"`

#[path = "common/exit.rs"]
mod exit;
#[path = "common/output.rs"]
mod output;

use clap::Parser;
use nn::prelude::*;
use nn::schedule::Cosine;
use nn::text::{Characters, Generator, NextToken, Sampling};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// Different characters that the network can know.
const VOCABULARY: usize = 76;
/// Characters that it sees at once.
const STEPS: usize = 64;
const WIDTH: usize = 64;

network! {
    /// Scores for the character that follows each of the last ones.
    pub struct Gpt: [u32; STEPS] -> [STEPS, VOCABULARY] {
        token: Embedding(VOCABULARY, WIDTH),
        position: PositionEmbedding,
        blocks: [Block; 2],
        norm: LayerNorm,
        scores: Dense(VOCABULARY, bias = false),
    }

    /// What a character takes from those before it, and what it makes of that.
    struct Block: [STEPS, WIDTH] -> [STEPS, WIDTH] {
        look: Residual {
            norm: LayerNorm,
            attention: MultiHeadAttention(heads = 4, causal = true),
        },
        think: Residual {
            norm: LayerNorm,
            up: Dense(4 * WIDTH) + Gelu,
            down: Dense(WIDTH),
        },
    }
}

/// Trains a small GPT on a text, saves it and lets it write.
#[derive(Parser)]
struct Options {
    /// What it goes on from.
    #[arg(long, default_value = "ROMEO.\n")]
    prompt: String,
    /// How many characters it writes.
    #[arg(long, default_value_t = 400)]
    length: usize,
    /// How daring it is: 0 always takes the likeliest character.
    #[arg(long, default_value_t = 0.8)]
    temperature: f32,
    /// How often to go through the text.
    #[arg(long, default_value_t = 2)]
    epochs: usize,
    /// What everything that is drawn is drawn from.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The learning rate of AdamW at its highest.
    #[arg(long, default_value_t = 5e-3)]
    lr: f64,
    /// The text to learn from.
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/data/shakespeare/shakespeare.txt"))]
    text: PathBuf,
    /// Where to save the network; the characters are saved beside it, with the extension `json`.
    #[arg(long, value_name = "FILE", default_value = "shakespeare.safetensors")]
    out: PathBuf,
}

fn main() -> ExitCode {
    exit::with(run(&Options::parse()))
}

fn run(options: &Options) -> nn::Result<()> {
    output::check(&options.out)?;
    let sampling = Sampling { temperature: options.temperature, seed: options.seed, ..Sampling::default() };
    sampling.check()?;
    let text = std::fs::read_to_string(&options.text).map_err(|error| nn::Error::io("read", &options.text, error))?;
    let characters = Characters::of(&text);
    if characters.len() > VOCABULARY {
        let problem = format!("has {} different characters, but the network knows {VOCABULARY}", characters.len());
        return Err(nn::Error::data(options.text.display().to_string(), problem));
    }
    let prompt = characters.encode(&options.prompt)?;

    // The last tenth is for validation: windows of one part have nothing of the other.
    let tokens = characters.encode(&text)?;
    let (train, test) = tokens.split_at(tokens.len() * 9 / 10);
    let (train, test) = (NextToken::<STEPS>::new(train, STEPS)?, NextToken::<STEPS>::new(test, STEPS)?);
    let net = Gpt::seeded(options.seed);
    println!("{}", net.summary());

    let batch_size = 16;
    let steps = (options.epochs * train.len().div_ceil(batch_size)) as u64;
    let mut trainer = Trainer::new(net, CrossEntropy, AdamW { lr: options.lr, ..AdamW::default() })
        .schedule(Cosine::new(steps).warmup(steps / 20))
        .clip_norm(1.0)
        .metric(Accuracy)
        .seed(options.seed);
    let start = Instant::now();
    trainer.fit(&train, &Fit { epochs: options.epochs, batch_size, validation: Some(&test), ..Fit::default() })?;
    println!("trained in {:.1} s", start.elapsed().as_secs_f64());
    // Whoever uses the network needs the numbers of the characters too.
    let numbers = options.out.with_extension("json");
    trainer.network().save(&options.out)?;
    characters.save(&numbers)?;
    println!("saved to {} and {}\n", options.out.display(), numbers.display());

    let (mut net, characters) = (Gpt::load(&options.out)?.prepare(1), Characters::load(&numbers)?);
    print!("{}", options.prompt);
    for token in Generator::new(&mut net, &prompt, sampling)?.take(options.length) {
        print!("{}", characters.decode(&[token?])?);
        // A closed pipe is no reason to fail.
        let _ = std::io::stdout().flush();
    }
    println!();
    Ok(())
}
