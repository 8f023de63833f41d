//! Finance: will a loan be paid back? Numbers and categories side by side, missing values, and two classes of which the one that
//! matters is rare.
//!
//! `cargo run --release --example credit [-- SEED]`

#[path = "common/seed.rs"]
mod seed;

use nn::data::{Feature, Missing, Preprocess, Table, balanced_class_weights};
use nn::prelude::*;

/// 9 numbers, and 21 kinds of homes, marriages, records and jobs; what is missing is a kind of its own.
const FEATURES: usize = 30;

network! {
    struct Credit: [FEATURES] -> [2] {
        hidden: Dense(32),
        norm:   BatchNorm1d,
        act:    Silu,
        drop:   Dropout(0.3),
        scores: Dense(2),
    }
}

fn main() -> nn::Result<()> {
    let seed = seed::or(3);
    let table = Table::open(concat!(env!("CARGO_MANIFEST_DIR"), "/data/credit/credit.csv.gz"))?;
    let (train, test) = table.stratified_split("Status", 0.8, seed)?;
    let (train, validation) = train.stratified_split("Status", 0.9, seed)?;
    let preprocessor = Preprocess::new()
        .numeric(["Seniority", "Time", "Age", "Expenses", "Income", "Assets", "Debt", "Amount", "Price"])
        .categorical(["Home", "Marital", "Records"])
        .feature(Feature::categorical("Job"))
        .missing_numbers(Missing::Median)
        .missing_categories(Missing::Category)
        .class("Status")
        .fit(&train)?;
    println!("{} features: {}", preprocessor.feature_names().len(), preprocessor.feature_names().join(", "));
    let train: Samples<[f32; FEATURES], u32> = preprocessor.samples(&train)?;
    let validation: Samples<[f32; FEATURES], u32> = preprocessor.samples(&validation)?;
    let test: Samples<[f32; FEATURES], u32> = preprocessor.samples(&test)?;

    // Bad loans are rare; weights make both classes count the same.
    let class_weights = balanced_class_weights(train.y(), 2)?;
    let loss = CrossEntropy { class_weights, ..CrossEntropy::default() };
    let mut trainer = Trainer::new(Credit::seeded(seed), loss, AdamW { lr: 2e-3, ..AdamW::default() })
        .metric(Accuracy)
        .metric(Auroc)
        .seed(seed);
    trainer.fit(&train, &Fit { epochs: 20, batch_size: 64, validation: Some(&validation), ..Fit::default() })?;

    let mut confusion = ConfusionMatrix::named(preprocessor.class_names().iter().cloned());
    nn::metrics::update(&mut confusion, &trainer.predict(test.x()), test.y());
    println!("{confusion}");
    println!("on loans never seen: {}", trainer.evaluate(&test)?);
    Ok(())
}
