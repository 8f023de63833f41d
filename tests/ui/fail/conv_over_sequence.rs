use nn::prelude::*;

network! {
    pub struct Signal: [8, 10] -> [2] {
        conv: Conv2d(4, kernel = 3),
        flat: Flatten,
        scores: Dense(2),
    }
}

fn main() {
    Signal::seeded(1);
}
