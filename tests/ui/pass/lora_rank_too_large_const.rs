use nn::prelude::*;

const RANK: usize = 100;

network! {
    pub struct Digits: [784] -> [10] {
        #[lora(rank = RANK)]
        hidden: Dense(128) + Relu,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
