use nn::prelude::*;

mod blocks {
    nn::network! {
        pub struct Both: [128] -> (left: [128], right: [128]) {
            left: Dense(128) + Tanh,
            right: Dense(128) + Tanh,
        }
        
        pub struct One: [128] -> [128] {
            fc: Dense(128) + Tanh,
        }
    }
}

network! {
    pub struct Digits: [784] -> [10] {
        hidden: Dense(128) + Relu,
        block: blocks::Both,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
