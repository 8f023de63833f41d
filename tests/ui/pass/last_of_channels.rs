use nn::prelude::*;

network! {
    pub struct Net: [6, 100] -> [10] {
        conv: Conv1d(32, kernel = 3),
        last: GlobalAvgPool1d,
        scores: Dense(10),
    }
}

fn main() {
    Net::seeded(1);
}
