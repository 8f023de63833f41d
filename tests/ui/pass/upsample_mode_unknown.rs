use nn::prelude::*;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        large: Upsample(2, mode = bilinear),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
