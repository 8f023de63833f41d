use nn::prelude::*;

const CLASSES: usize = 10;

network! {
    pub struct Digits: [784] -> [CLASSES] {
        hidden: Dense(128) + Relu,
        logits: Dense(CLASSES),
    }
}

fn main() {
    Digits::seeded(1).predict(&[[0.0; 784]]);
}
