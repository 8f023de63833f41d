use nn::prelude::*;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        flat: Flatten,
        pool: MaxPool2d(2),
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
