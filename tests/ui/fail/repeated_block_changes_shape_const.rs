use nn::prelude::*;

const WIDTH: usize = 128;

network! {
    pub struct Digits: [784] -> [10] {
        hidden: Dense(128) + Relu,
        blocks: [Block; 3],
        logits: Dense(10),
    }

    pub struct Block: [WIDTH] -> [64] { fc: Dense(64) }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[0.0; 784]]);
}
