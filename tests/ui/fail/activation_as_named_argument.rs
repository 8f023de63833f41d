use nn::prelude::*;

network! {
    pub struct Net: [784] -> [10] {
        hidden: Dense(64, activation = "relu"),
        logits: Dense(10),
    }
}

fn main() {
    let net = Net::seeded(1);
    net.predict(&[[0.0; 784]]);
}
