use nn::prelude::*;

network! {
    pub struct Signal: [1, 600] -> [2] {
        pool: AvgPool1d(300),
        flat: Flatten,
        scores: Dense(2),
    }
}

fn main() {
    Signal::seeded(1);
}
