use nn::prelude::*;

mod blocks {
    nn::network! {
        pub struct Both: (left: [128], right: [128]) -> [128] {
            sum: Add from (left, right),
            fc: Dense(128) + Tanh,
        }
        
        pub struct One: [128] -> [128] {
            fc: Dense(128) + Tanh,
        }
    }
}

network! {
    pub struct Digits: [784] -> [10] {
        hidden: Dense(128) + Relu,
        block: blocks::One,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
