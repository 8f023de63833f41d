//! Regression: how many bicycles are hired in an hour, from season, hour, weekday and weather.
//!
//! `cargo run --release --example regression [-- SEED]`

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
    let seed = std::env::args().nth(1).map_or(1, |seed| seed.parse().expect("the first argument is a seed"));
    let table = Table::open(concat!(env!("CARGO_MANIFEST_DIR"), "/data/bikeshare/bikeshare.csv.gz"))?;
    let (train, test) = table.split(0.8, 1)?;
    let preprocessor = Preprocess::new()
        .numeric(["temp", "atemp", "hum", "windspeed"])
        .categorical(["mnth", "hr", "weekday", "weathersit", "workingday"])
        .scaled_value("bikers", Scale::Standard)
        .fit(&train)?;
    let train: Samples<[f32; FEATURES], f32> = preprocessor.samples(&train)?;
    let test: Samples<[f32; FEATURES], f32> = preprocessor.samples(&test)?;

    let (epochs, batch_size) = (15, 64);
    let steps = (epochs * train.len().div_ceil(batch_size)) as u64;
    let mut trainer = Trainer::new(Bikes::seeded(seed), Huber::default(), AdamW { lr: 4e-3, ..AdamW::default() })
        .schedule(Cosine::new(steps).warmup(100))
        .metric(R2)
        .metric(Mae)
        .seed(seed);
    let history = trainer.fit(&train, &Fit { epochs, batch_size, validation: Some(&test), ..Fit::default() })?;
    println!("{history}");
    println!("on hours never seen: {}", trainer.evaluate(&test)?);
    Ok(())
}
