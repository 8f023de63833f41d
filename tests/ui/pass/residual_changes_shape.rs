use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        hidden: Dense(128) + Relu,
        block: Residual {
            up: Dense(256) + Relu,
            down: Dense(128),
        },
        logits: Dense(10),
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[0.0; 784]]);
    println!("{:?}", net.block.up.weight);
}
