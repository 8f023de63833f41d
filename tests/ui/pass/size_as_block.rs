use nn::prelude::*;

const WIDE: bool = true;
pub const UNITS: usize = if WIDE { 256 } else { 128 };

network! {
    pub struct Net: [784] -> [10] {
        hidden: Dense(UNITS),
        logits: Dense(10),
    }
}

fn main() {
    let net = Net::seeded(1);
    net.predict(&[[0.0; 784]]);
}
