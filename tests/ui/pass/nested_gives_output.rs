use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        hidden: Dense(128) + Relu,
        block: Block,
    }

    pub struct Block: [128] -> [10] {
        fc: Dense(10) + Tanh,
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[0.0; 784]]);
}
