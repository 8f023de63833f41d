use nn::prelude::*;

network! {
    pub struct Net: [8] -> [8] {
        left: Dense(8),
        right: Dense(8) from input,
        sum: left + right,
    }
}

fn main() {
    let net = Net::seeded(1);
    net.predict(&[[0.0; 8]]);
}
