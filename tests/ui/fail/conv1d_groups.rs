use nn::prelude::*;

network! {
    pub struct Digits: [4, 100] -> [10] {
        conv: Conv1d(8, kernel = 3, groups = 3) + Relu,
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
