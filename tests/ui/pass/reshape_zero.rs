use nn::prelude::*;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        flat: Reshape([784]),
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
