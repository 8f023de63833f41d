use nn::prelude::*;

mod blocks {
    nn::network! {
        pub struct Block: [128] -> [128] {
            fc: Dense(128) + Tanh,
        }
    }
}

network! {
    pub struct Digits: [784] -> [10] {
        hidden: Dense(128) + Relu,
        block: blocks::Block,
        other: Dense(64) from hidden,
        sum: Add from (block, other),
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
