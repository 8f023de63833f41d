use nn::prelude::*;

network! {
    pub struct Writer: [u32; 64] -> [64, 10] {
        look: MultiHeadAttention(heads = 4, causal = true),
        scores: Dense(10),
    }
}

fn main() {
    Writer::seeded(1);
}
