use nn::prelude::*;

network! {
    pub struct Digits: [16, 8, 8] -> [8] {
        conv: Conv2d(16, kernel = 3, padding = same),
        look: MultiHeadAttention(4),
        flat: Flatten,
        scores: Dense(8),
    }
}

fn main() {
    Digits::seeded(1);
}
