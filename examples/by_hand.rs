//! The training loop written by hand: what `Trainer` does, in ten lines.
//!
//! `cargo run --release --example by_hand [-- SEED]`

#[path = "common/seed.rs"]
mod seed;

use nn::data::{Preprocess, Table, epoch_order};
use nn::prelude::*;

network! {
    struct Wine: [13] -> [3] {
        hidden: Dense(16) + Tanh,
        logits: Dense(3),
    }
}

fn main() -> nn::Result<()> {
    let seed = seed::or(0);
    let table = Table::options().counts_header().open(concat!(env!("CARGO_MANIFEST_DIR"), "/data/wine/wine.csv"))?;
    let (train, test) = table.stratified_split(13, 0.75, seed)?;
    let preprocessor = Preprocess::new().numeric(0..13).class(13).fit(&train)?;
    let train: Samples<[f32; 13], u32> = preprocessor.samples(&train)?;
    let test: Samples<[f32; 13], u32> = preprocessor.samples(&test)?;

    let mut net = Wine::seeded(seed);
    let mut workspace = Workspace::new(16).seed(seed);
    let mut grads = net.grads();
    let mut optimizer = Adam { lr: 0.01, ..Adam::default() }.stepper(&net);
    let mut order = Vec::new();
    for epoch in 0..20 {
        let mut loss = 0.0;
        epoch_order(&mut order, train.len(), seed, epoch);
        for indices in order.chunks(16) {
            let (x, y) = (Batch::gather(train.x(), indices), Batch::gather(train.y(), indices));
            let scored = workspace.forward_train(&net, &x).loss(&CrossEntropy, &y);
            loss += scored.value() * indices.len() as f64;
            scored.backward(&mut grads);
            optimizer.step(&mut net, &mut grads, workspace.team())?;
            workspace.commit(&mut net);
        }
        println!("epoch {epoch:2}  loss {:.4}", loss / train.len() as f64);
    }
    let accuracy = nn::metrics::measure(Accuracy, &net.predict(test.x()), test.y());
    println!("test accuracy {:.1} %", 100.0 * accuracy);
    Ok(())
}
