use nn::prelude::*;

network! {
    #[budget(params < 100, flop <= 10, workspace <= 64 KB)]
    pub struct Digits: [784] -> [10] {
        logits: Dense(10),
    }
}

fn main() {}
