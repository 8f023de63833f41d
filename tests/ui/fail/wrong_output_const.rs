use nn::prelude::*;

const CLASSES: usize = 11;

network! {
    pub struct Digits: [784] -> [CLASSES] {
        hidden: Dense(128) + Relu,
        logits: Dense(10),
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[0.0; 784]]);
}
