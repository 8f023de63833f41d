use nn::prelude::*;

mod blocks {
    nn::network! {
        pub struct Block: [128] -> [64] { fc: Dense(64) }
    }
}

network! {
    pub struct Digits: [784] -> [10] {
        hidden: Dense(128) + Relu,
        blocks: [blocks::Block; 3],
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
