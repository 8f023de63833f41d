use nn::prelude::*;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        conv: Conv2d(4, kernel = 3, padding = same) + Relu,
        small: MaxPool2d(2),
        large: Upsample(3) from small,
        both: Concat from (conv, large),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
