use nn::prelude::*;

network! {
    pub struct Digits: [4, 12, 12] -> [10] {
        #[lora(rank = 2)] conv: Conv2d(8, kernel = 3, groups = 4) + Relu,
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
