use nn::prelude::*;

network! {
    pub struct Net: [6, 100] -> [10] {
        conv: Conv1d(32, kernel = 3) + Relu,
        pool: MaxPool1d(2),
        turned: Permute([2, 1]),
        read: Lstm(20),
        last: Last,
        scores: Dense(10),
    }
}

fn main() {
    Net::seeded(1);
}
