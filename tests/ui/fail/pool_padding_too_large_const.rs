use nn::prelude::*;

const PADDING: usize = 2;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        pool: MaxPool2d(2, padding = PADDING),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
