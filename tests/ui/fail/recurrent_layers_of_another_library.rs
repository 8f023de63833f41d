use nn::prelude::*;

network! {
    pub struct Net: [28, 28] -> [10] {
        read: Lstm(128, num_layers = 2),
        last: Last,
        scores: Dense(10),
    }
}

fn main() {
    Net::seeded(1);
}
