use nn::prelude::*;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        up: ConvTranspose2d(4, kernel = 3, padding = 14),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
