use nn::prelude::*;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        conv: Conv2d(6, kernel = 3) + Relu,
        norm: GroupNorm(4),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
