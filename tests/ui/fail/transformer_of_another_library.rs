use nn::prelude::*;

network! {
    pub struct Net: [28, 32] -> [10] {
        look: TransformerEncoderLayer(32, 4),
        last: Last,
        scores: Dense(10),
    }
}

fn main() {
    Net::seeded(1);
}
