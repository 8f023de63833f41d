use nn::prelude::*;

const SIDE: usize = 28;

network! {
    pub struct Digits: [784] -> [10] {
        image: Reshape([SIDE, 28]),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[0.0; 784]]);
}
