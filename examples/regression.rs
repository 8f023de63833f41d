//! Regression: how many bicycles are hired in an hour, from season, hour, weekday and weather.
//!
//! `cargo run --release --example regression [-- SEED]`

#[path = "common/seed.rs"]
mod seed;

use nn::data::{Preprocess, Scale, Table};
use nn::prelude::*;
use nn::schedule::Cosine;

/// 4 numbers of the weather, and 12 months, 24 hours, 7 weekdays, 4 kinds of weather and 2 kinds of day.
const FEATURES: usize = 53;

network! {
    struct Bikes: [FEATURES] -> [1] {
        hidden1: Dense(64) + Gelu,
        hidden2: Dense(32) + Gelu,
        bikers:  Dense(1),
    }
}

fn main() -> nn::Result<()> {
    let seed = seed::or(1);
    let table = Table::open(concat!(env!("CARGO_MANIFEST_DIR"), "/data/bikeshare/bikeshare.csv.gz"))?;
    let (train, test) = table.split(0.8, 1)?;
    let (train, validation) = train.split(0.9, 1)?;
    let preprocessor = Preprocess::new()
        .numeric(["temp", "atemp", "hum", "windspeed"])
        .categorical(["mnth", "hr", "weekday", "weathersit", "workingday"])
        .scaled_value("bikers", Scale::Standard)
        .fit(&train)?;
    let train: Samples<[f32; FEATURES], f32> = preprocessor.samples(&train)?;
    let validation: Samples<[f32; FEATURES], f32> = preprocessor.samples(&validation)?;
    let test: Samples<[f32; FEATURES], f32> = preprocessor.samples(&test)?;

    let (epochs, batch_size) = (15, 64);
    let steps = (epochs * train.len().div_ceil(batch_size)) as u64;
    let mut trainer = Trainer::new(Bikes::seeded(seed), Huber::default(), AdamW { lr: 4e-3, ..AdamW::default() })
        .schedule(Cosine::new(steps).warmup(100))
        .metric(R2)
        .metric(Mae)
        .seed(seed);
    trainer.fit(&train, &Fit { epochs, batch_size, validation: Some(&validation), ..Fit::default() })?;

    // Targets were scaled for training; people want bicycles.
    let (mut predicted, mut hired) = (trainer.predict(&test.x()[..5]), test.y()[..5].to_vec());
    preprocessor.unscale(&mut predicted)?;
    preprocessor.unscale(&mut hired)?;
    for (predicted, hired) in predicted.iter().zip(&hired) {
        println!("{:4.0} bicycles predicted, {hired:4.0} hired", predicted[0]);
    }
    println!("on hours never seen: {}", trainer.evaluate(&test)?);
    Ok(())
}
