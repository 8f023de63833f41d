use nn::prelude::*;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        stem: Conv2d(4, kernel = 3, padding = same) + Relu,
        conv: Conv2d(8, kernel = 3, stride = 2, padding = same),
        short: Conv2d(8, kernel = 1, stride = 2) from stem,
        sum: Add from (conv, short),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
