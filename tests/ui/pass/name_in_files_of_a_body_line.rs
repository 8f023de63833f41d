use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        hidden: Dense(128) + Relu,
        #[name = ""]
        head: Sequential {
            wide: Dense(128) + Relu,
            logits: Dense(10),
        },
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[0.0; 784]]);
}
