use nn::prelude::*;

const LONG: usize = 300;

network! {
    pub struct Signal: [1, 600] -> [2] {
        pool: MaxPool1d(LONG),
        flat: Flatten,
        scores: Dense(2),
    }
}

fn main() {
    Signal::seeded(1);
}
