use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        stem:   Dense(783 -> 128) + Relu,
        hidden: Dence(128) + Relu,
        left:   Dense(64, biass = false) + Rellu from stem,
        right:  Dense(32) + Relu from steam,
        sum:    Add from (stem, left),
        drop:   Dropout(50),
        block:  Residual { fc: Dense(63) },
        side:   Dense(3),
        logits: Dense(11),
    }
}

fn main() {
    let net = Digits::seeded(1);
    println!("{:?}", net.predict(&[[0.0; 784]]));
    println!("{:?} {:?} {:?}", net.stem.weight, net.hidden.weight, net.block.fc.weight);
}
