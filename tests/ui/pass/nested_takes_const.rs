use nn::prelude::*;

const WIDTH: usize = 128;

network! {
    pub struct Digits: [784] -> [10] {
        hidden: Dense(128) + Relu,
        block: Block,
        logits: Dense(10),
    }

    pub struct Block: [WIDTH] -> [WIDTH] {
        fc: Dense(WIDTH) + Tanh,
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[0.0; 784]]);
}
