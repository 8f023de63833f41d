use nn::prelude::*;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        pool: MaxPool2d(2, padding = 2),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
