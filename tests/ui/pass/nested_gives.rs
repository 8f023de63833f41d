use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        hidden: Dense(128) + Relu,
        block: Block,
        logits: Dense(64 -> 10),
    }

    pub struct Block: [128] -> [64] {
        fc: Dense(64) + Tanh,
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[0.0; 784]]);
}
