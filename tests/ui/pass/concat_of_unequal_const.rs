use nn::prelude::*;

const WIDTH: usize = 7;

network! {
    pub struct Digits: [784] -> [10] {
        left: Reshape([WIDTH, 112]),
        right: Reshape([WIDTH, 112]) from input,
        both: Concat from (left, right),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[0.0; 784]]);
}
