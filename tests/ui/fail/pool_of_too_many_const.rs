use nn::prelude::*;

const POOL: usize = 17;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        pool: MaxPool2d(POOL),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
