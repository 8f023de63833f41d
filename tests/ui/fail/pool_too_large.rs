use nn::prelude::*;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        small: AvgPool2d(2),
        pool: MaxPool2d(15),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
