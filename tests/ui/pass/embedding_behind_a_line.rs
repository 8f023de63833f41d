use nn::prelude::*;

network! {
    pub struct Words: [u32; 64] -> [10] {
        token: Embedding(65, 128),
        again: Dense(128),
        last: Last,
        scores: Dense(10),
    }
}

fn main() {
    Words::seeded(1);
}
