//! The smallest network that does what no single layer can: exclusive or.
//!
//! `cargo run --release --example xor [-- SEED]`

#[path = "common/seed.rs"]
mod seed;

use nn::prelude::*;

network! {
    struct Xor: [2] -> [1] {
        hidden: Dense(8) + Tanh,
        answer: Dense(1),
    }
}

fn main() -> nn::Result<()> {
    let seed = seed::or(1);
    let data = Samples::new([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0_u32, 1, 1, 0])?;
    let mut trainer = Trainer::new(Xor::seeded(seed), BinaryCrossEntropy, Adam { lr: 0.05, ..Adam::default() })
        .metric(Binary::logits(Accuracy));
    trainer.fit(&data, &Fit { epochs: 200, batch_size: 4, progress: Progress::Silent, ..Fit::default() })?;

    for (question, score) in data.x().iter().zip(trainer.predict(data.x()).iter()) {
        println!("{} xor {} = {}", question[0], question[1], u8::from(score[0] > 0.0));
    }
    println!("{}", trainer.evaluate(&data)?);
    Ok(())
}
