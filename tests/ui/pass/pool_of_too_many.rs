use nn::prelude::*;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        pool: AvgPool2d(17),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
