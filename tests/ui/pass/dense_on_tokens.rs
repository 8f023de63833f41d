use nn::prelude::*;

network! {
    pub struct Digits: [64] -> [10] {
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
