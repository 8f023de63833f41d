use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        #[lora(rank = 8, alpha = 16)]
        norm: Dense(784),
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
