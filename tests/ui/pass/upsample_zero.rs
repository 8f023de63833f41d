use nn::prelude::*;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        large: Upsample(1),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
