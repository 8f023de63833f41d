use nn::prelude::*;

network! {
    pub struct Digits: [784] -> (class: [3], input: [3]) {
        class: Dense(3),
        extra: Dense(3) from input,
    }
}

fn main() {
    Digits::seeded(1);
}
