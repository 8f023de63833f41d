use nn::prelude::*;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        flat: Flatten,
        norm: BatchNorm1d,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
