use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        first: Dense(784) + Tanh,
        flat: Flatten,
        again: same_as first,
        logits: Dense(10),
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[0.0; 784]]);
}
