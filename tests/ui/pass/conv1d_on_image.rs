use nn::prelude::*;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        conv: Conv2d(8, kernel = 3) + Relu,
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
