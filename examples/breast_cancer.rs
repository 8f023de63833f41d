//! Medicine: is a tumour malignant or benign, from 30 measurements of cell nuclei? A CSV file, standardised features, AUROC, early
//! stopping.
//!
//! `cargo run --release --example breast_cancer [-- SEED]`

#[path = "common/seed.rs"]
mod seed;

use nn::data::{Preprocess, Table};
use nn::prelude::*;

network! {
    /// A benign tumour gives a score above 0.
    struct Tumour: [30] -> [1] {
        hidden: Dense(16) + Relu,
        drop:   Dropout(0.2),
        benign: Dense(1),
    }
}

fn main() -> nn::Result<()> {
    let seed = seed::or(1);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/data/breast_cancer/breast_cancer.csv");
    // The first line of this file counts rows and columns and names the classes; the last column says which it is.
    let table = Table::options().counts_header().open(file)?;
    let (train, test) = table.stratified_split(30, 0.8, seed)?;
    let (train, validation) = train.stratified_split(30, 0.8, seed)?;

    // Means and deviations come from the training part alone.
    let preprocessor = Preprocess::new().numeric(0..30).class(30).fit(&train)?;
    let train: Samples<[f32; 30], u32> = preprocessor.samples(&train)?;
    let validation: Samples<[f32; 30], u32> = preprocessor.samples(&validation)?;
    let test: Samples<[f32; 30], u32> = preprocessor.samples(&test)?;
    println!("{} to train, {} to validate, {} to test", train.len(), validation.len(), test.len());

    let mut trainer = Trainer::new(Tumour::seeded(seed), BinaryCrossEntropy, AdamW { lr: 3e-3, ..AdamW::default() })
        .metric(Binary::logits(Accuracy))
        .metric(Auroc)
        .seed(seed);
    let fit = Fit {
        epochs: 100,
        validation: Some(&validation),
        early_stopping: Some(EarlyStopping { patience: 15, restore_best: true, ..EarlyStopping::default() }),
        progress: Progress::Silent,
        ..Fit::default()
    };
    let history = trainer.fit(&train, &fit)?;
    println!("stopped after {} epochs", history.epochs().len());
    println!("on tumours never seen: {}", trainer.evaluate(&test)?);
    Ok(())
}
