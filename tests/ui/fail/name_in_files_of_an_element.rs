use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        #[name = "layers.0"]
        down: Dense(32) + Relu,
        #[name = "layers.0.."]
        blocks: [Residual { fc: Dense(32) }; 3],
        logits: Dense(10),
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[0.0; 784]]);
}
