use nn::prelude::*;

network! {
    pub struct Signal: [8, 10] -> [2] {
        pool: MaxPool1d(2),
        flat: Flatten,
        scores: Dense(2),
    }
}

fn main() {
    Signal::seeded(1);
}
