use nn::prelude::*;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        left: Conv2d(8, kernel = 3, padding = same) + Relu,
        right: Conv2d(4, kernel = 3, padding = same) from input,
        both: Concat from (left, right),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
