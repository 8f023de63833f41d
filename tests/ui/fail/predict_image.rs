use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        hidden: Dense(128) + Relu,
        logits: Dense(10),
    }
}

fn main() {
    let image = [[0.0; 28]; 28];
    Digits::seeded(1).predict(&[image]);
}
