use nn::prelude::*;

network! {
    pub struct Digits: [64] -> [10] {
        #[lora(rank = 8, alpha = 16)]
        body: Dense(64),
        logits: Dense(10),
    }

    pub struct Block: [64] -> [64] { hidden: Dense(64) + Relu }
}

fn main() {
    Digits::seeded(1);
}
