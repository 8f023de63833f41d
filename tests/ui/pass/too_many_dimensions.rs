use nn::prelude::*;

network! {
    pub struct Digits: [1, 1, 1, 1, 28, 28] -> [10] {
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
