use nn::prelude::*;

network! {
    pub struct Digits: [4, 12, 12] -> [10] {
        #[lora(rank = 40)] conv: Conv2d(64, kernel = 3) + Relu,
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
