use nn::prelude::*;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        conv: Conv2d(6, kernel = 3) + Relu,
        up: ConvTranspose2d(5 -> 4, kernel = 2),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
