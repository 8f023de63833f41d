use nn::prelude::*;

network! {
    pub struct Signal: [1, 28, 28] -> [2] {
        pool: MaxPool2d(2),
        flat: Flatten,
        scores: Dense(2),
    }
}

fn main() {
    Signal::seeded(1);
}
