use nn::prelude::*;

network! {
    pub struct Writer: [64, 128] -> [64, 10] {
        look: MultiHeadAttention(heads = 4, causal = true),
        scores: Dense(10),
    }
}

fn main() {
    Writer::seeded(1);
}
