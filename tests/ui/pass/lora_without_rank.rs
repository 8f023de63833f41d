use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        #[lora(rank = 8)]
        hidden: Dense(128) + Relu,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
