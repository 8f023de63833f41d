use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [280] {
        shaped: Reshape([28, 28]),
        rows: Dense(10) + Tanh,
        logits: Identity,
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[0.0; 784]]);
}
