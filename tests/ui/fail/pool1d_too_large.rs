use nn::prelude::*;

network! {
    pub struct Signal: [8, 10] -> [2] {
        pool: AvgPool1d(11),
        flat: Flatten,
        scores: Dense(2),
    }
}

fn main() {
    Signal::seeded(1);
}
