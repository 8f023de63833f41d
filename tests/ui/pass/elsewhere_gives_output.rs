use nn::prelude::*;

mod blocks {
    nn::network! {
        pub struct Block: [128] -> [128] {
            fc: Dense(128) + Tanh,
        }
    }
}

network! {
    pub struct Digits: [784] -> [128] {
        hidden: Dense(128) + Relu,
        block: blocks::Block,
    }
}

fn main() {
    Digits::seeded(1);
}
