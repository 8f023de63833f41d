use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        scores: Dense(10),
        logits: Softmax(1),
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[0.0; 784]]);
}
