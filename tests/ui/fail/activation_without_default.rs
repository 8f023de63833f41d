use nn::Reads;
use nn::layers::Activation;
use nn::prelude::*;

/// y = x².
#[derive(Clone, Copy, Debug)]
pub struct Square;

impl Activation for Square {
    type Gives = nn::Scores;
    const KIND: &'static str = "Square";
    const READS: Reads = Reads::INPUT;

    fn apply(&self, x: f32) -> f32 {
        x * x
    }
    fn derivative(&self, x: f32, _: f32) -> f32 {
        2.0 * x
    }
}

network! {
    pub struct Digits: [784] -> [10] {
        hidden: Dense(128) + Square,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
