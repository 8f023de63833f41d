use nn::prelude::*;

network! {
    pub struct Net: [8] -> [8] {
        blocks: [Block; -1],
        last: Dense(8),
    }

    struct Block: [8] -> [8] {
        fc: Dense(8),
    }
}

fn main() {
    let net = Net::seeded(1);
    net.predict(&[[0.0; 8]]);
}
