use nn::prelude::*;

const WIDTH: usize = 128;

network! {
    pub struct Digits: [784] -> [10] {
        hidden: Dense(2 * WIDTH) + Relu,
        logits: Dense(WIDTH -> 10),
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[0.0; 784]]);
}
