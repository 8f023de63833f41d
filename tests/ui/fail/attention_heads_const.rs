use nn::prelude::*;

const WIDTH: usize = 32;

network! {
    pub struct Writer: [64, 128] -> [64, 10] {
        look:   MultiHeadAttention(WIDTH + 1),
        scores: Dense(10),
    }
}

fn main() {
    Writer::seeded(1);
}
