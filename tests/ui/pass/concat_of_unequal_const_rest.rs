use nn::prelude::*;

const WIDTH: usize = 112;

network! {
    pub struct Digits: [784] -> [10] {
        left: Reshape([7, WIDTH]),
        right: Reshape([7, 112]) from input,
        both: Concat from (left, right),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[0.0; 784]]);
}
