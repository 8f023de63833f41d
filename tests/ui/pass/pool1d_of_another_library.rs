use nn::prelude::*;

network! {
    pub struct Signal: [8, 10] -> [2] {
        pool: GlobalAvgPool1d,
        scores: Dense(2),
    }
}

fn main() {
    Signal::seeded(1);
}
