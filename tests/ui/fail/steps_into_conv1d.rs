use nn::prelude::*;

network! {
    pub struct Net: [u32; 64] -> [10] {
        token: Embedding(65, 128),
        conv: Conv1d(32, kernel = 3) + Relu,
        mean: GlobalAvgPool1d,
        scores: Dense(10),
    }
}

fn main() {
    Net::seeded(1);
}
