use nn::prelude::*;

network! {
    pub struct Digits: [28, 28] -> [10] {
        flat: Flaten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
