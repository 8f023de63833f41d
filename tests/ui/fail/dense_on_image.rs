use nn::prelude::*;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        
        logits: Dense(10),
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[[[0.0; 28]; 28]; 1]]);
    println!("{:?}", net.logits.weight);
}
