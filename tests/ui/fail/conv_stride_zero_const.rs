use nn::prelude::*;

const STRIDE: usize = 0;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        conv: Conv2d(8, kernel = 3, stride = STRIDE) + Relu,
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
