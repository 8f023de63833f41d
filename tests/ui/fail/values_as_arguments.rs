use nn::prelude::*;

network! {
    pub struct Net: [8] -> [8] {
        left: Dense(4),
        right: Dense(4) from input,
        both: Concat(left, right),
    }
}

fn main() {
    let net = Net::seeded(1);
    net.predict(&[[0.0; 8]]);
}
