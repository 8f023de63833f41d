use nn::prelude::*;

const GROUPS: usize = 3;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        conv: Conv2d(6, kernel = 3) + Relu,
        norm: GroupNorm(GROUPS + 1),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
