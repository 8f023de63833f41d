use nn::prelude::*;

network! {
    pub struct Digits: [784] -> (class: [3], size: [2]) {
        features: Dense(16) + Relu,
        class: Dense(3) from features,
        sise: Dense(2) from features,
    }
}

fn main() {
    Digits::seeded(1);
}
