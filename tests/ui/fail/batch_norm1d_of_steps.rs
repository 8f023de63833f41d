use nn::prelude::*;

network! {
    pub struct Net: [28, 28] -> [10] {
        read: Gru(64),
        norm: BatchNorm1d,
        last: Last,
        scores: Dense(10),
    }
}

fn main() {
    Net::seeded(1);
}
