use nn::prelude::*;

#[derive(Clone, Default)]
pub struct Square;

network! {
    pub struct Digits: [784] -> [10] {
        hidden: Dense(128) + Relu,
        square: Square as [128] -> [128],
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
