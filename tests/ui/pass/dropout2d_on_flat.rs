use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        drop: Dropout(0.2),
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
