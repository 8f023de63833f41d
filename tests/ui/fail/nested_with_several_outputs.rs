use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        hidden: Dense(128) + Relu,
        block: Both,
        logits: Dense(10),
    }

    pub struct Both: [128] -> (left: [128], right: [128]) {
        left: Dense(128) + Tanh,
        right: Dense(128) + Tanh,
    }

    pub struct One: [128] -> [128] {
        fc: Dense(128) + Tanh,
    }
}

fn main() {
    Digits::seeded(1);
}
