use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        block: Block,
        flat: Flatten,
        logits: Dense(10),
    }

    pub struct Block: [784] -> [1, 28, 28] {
        fc: Dense(784) + Tanh,
        image: Reshape([1, 28, 28]),
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[0.0; 784]]);
}
