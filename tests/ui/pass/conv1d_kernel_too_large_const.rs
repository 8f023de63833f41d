use nn::prelude::*;

const KERNEL: usize = 100;

network! {
    pub struct Digits: [4, 100] -> [10] {
        conv: Conv1d(8, kernel = KERNEL) + Relu,
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
