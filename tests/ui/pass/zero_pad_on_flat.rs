use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        zeros: Identity,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
