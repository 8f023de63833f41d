use nn::prelude::*;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        wide: Conv2d(6, kernel = 3) + Relu,
        conv: Conv2d(8, kernel = 3, groups = 2) + Relu,
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
