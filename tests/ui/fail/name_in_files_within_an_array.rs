use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        blocks: [Block; 2],
        #[name = "blocks.1.fc"]
        scores: Dense(10),
    }

    pub struct Block: [784] -> [784] {
        norm: LayerNorm,
        fc: Dense(784),
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[0.0; 784]]);
}
