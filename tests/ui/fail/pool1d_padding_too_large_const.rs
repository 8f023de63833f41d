use nn::prelude::*;

const EDGE: usize = 2;

network! {
    pub struct Signal: [8, 10] -> [2] {
        pool: MaxPool1d(2, padding = EDGE),
        flat: Flatten,
        scores: Dense(2),
    }
}

fn main() {
    Signal::seeded(1);
}
