use nn::prelude::*;

network! {
    pub struct Writer: [64, 128] -> [64, 10] {
        look:   MultiHeadAttention(4),
        scores: Dense(10),
    }
}

fn main() {
    Writer::seeded(1);
}
