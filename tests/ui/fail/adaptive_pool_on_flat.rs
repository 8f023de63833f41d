use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        pool: AdaptiveAvgPool2d(7),
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
