use nn::prelude::*;

network! {
    pub struct Net: [1, 28, 28] -> [10] {
        conv: Conv2d(32, kernel = [3, 3]),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    let net = Net::seeded(1);
    net.predict(&[[[[0.0; 28]; 28]]]);
}
