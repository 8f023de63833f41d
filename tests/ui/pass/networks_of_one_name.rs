use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        logits: Dense(10),
    }

    pub struct Letters: [784] -> [26] {
        logits: Dense(26),
    }
}

fn main() {
    Digits::seeded(1);
}
