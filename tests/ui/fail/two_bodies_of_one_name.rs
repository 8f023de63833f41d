use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        res_1: Residual { fc: Dense(784) },
        res1: Residual { fc: Dense(784) },
        logits: Dense(10),
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[0.0; 784]]);
}
