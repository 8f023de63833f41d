use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        hidden: Dense(128) + Relu,
        logits: Dense(10),
    }
}

fn main() {
    let rates = DigitsPerLayer { hidden: 0.1, logits: 1.0 };
    let _ = rates;
}
