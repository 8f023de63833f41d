use nn::prelude::*;

network! {
    pub struct Digits: [16, 8, 8] -> [8] {
        places: Reshape([16, 64]),
        look: MultiHeadAttention(4),
        flat: Flatten,
        scores: Dense(8),
    }
}

fn main() {
    Digits::seeded(1);
}
