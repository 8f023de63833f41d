use nn::prelude::*;

const WIDTH: usize = 128;

network! {
    pub struct Digits: [784] -> [10] {
        left: Dense(WIDTH) + Relu,
        right: Dense(128) from input,
        sum: Add from (left, right),
        logits: Dense(10),
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[0.0; 784]]);
}
