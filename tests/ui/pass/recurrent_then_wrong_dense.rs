use nn::prelude::*;

network! {
    pub struct Net: [9, 4] -> [2] {
        states: Gru(16, bidirectional = true),
        flat: Flatten,
        scores: Dense(288 -> 2),
    }
}

fn main() {
    Net::seeded(1);
}
