use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        left: Dense(128) + Relu,
        right: Dense(128) from input,
        sum: Add from left, right,
        logits: Dense(10),
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[0.0; 784]]);
}
