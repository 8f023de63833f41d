//! Motion: what does somebody do who wears a smart watch, from ten seconds of its six sensors? Sequences `[channels, length]`, convolutions
//! and pools along time.
//!
//! `cargo run --release --example motions [-- SEED]`

#[path = "common/seed.rs"]
mod seed;

use nn::data::{Preprocess, Scale, Table};
use nn::prelude::*;

network! {
    /// What a recording of six sensors at 100 moments shows.
    struct Motion: [6, 100] -> [4] {
        sensors: BatchNorm1d,
        conv1:   Conv1d(32, kernel = 7, padding = same) + Relu,
        pool1:   MaxPool1d(2),
        conv2:   Conv1d(64, kernel = 5, padding = same) + Relu,
        pool2:   MaxPool1d(2),
        conv3:   Conv1d(64, kernel = 3, padding = same) + Relu,
        mean:    GlobalAvgPool1d,
        drop:    Dropout(0.3),
        scores:  Dense(4),
    }
}

fn main() -> nn::Result<()> {
    let seed = seed::or(0);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data/motions");
    let [train, test] = ["train", "test"].map(|part| Table::open(format!("{folder}/{part}.csv.gz")));
    let (train, test) = (train?, test?);

    // A row is the 100 values of the first sensor, of the second, and so on: a sample as it is. The first line of the network scales them.
    let preprocessor = Preprocess::new().scale(Scale::None).numeric(0..600).class("activity").fit(&train)?;
    let train: Samples<[[f32; 100]; 6], u32> = preprocessor.samples(&train)?;
    let test: Samples<[[f32; 100]; 6], u32> = preprocessor.samples(&test)?;

    let net = Motion::seeded(seed);
    println!("{}", net.summary());
    let mut trainer = Trainer::new(net, CrossEntropy, AdamW::default()).metric(Accuracy).seed(seed);
    trainer.fit(&train, &Fit { epochs: 40, batch_size: 8, progress: Progress::Silent, ..Fit::default() })?;

    let mut confusion = ConfusionMatrix::named(preprocessor.class_names().iter().cloned());
    nn::metrics::update(&mut confusion, &trainer.predict(test.x()), test.y());
    println!("{confusion}");
    println!("on {} recordings never seen: {}", test.len(), trainer.evaluate(&test)?);
    Ok(())
}
