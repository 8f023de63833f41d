use nn::prelude::*;

const WIDTH: usize = 128;

network! {
    pub struct Digits: [784] -> [10] {
        hidden: Dense(WIDTH) + Relu,
        block: Residual {
            up: Dense(256) + Relu,
            down: Dense(127),
        },
        logits: Dense(10),
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[0.0; 784]]);
}
