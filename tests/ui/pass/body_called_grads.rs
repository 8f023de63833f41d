use nn::prelude::*;

network! {
    pub struct Net: [8] -> [8] {
        body: Residual { fc: Dense(8) },
        last: Dense(8),
    }
}

fn main() {
    let net = Net::seeded(1);
    net.predict(&[[0.0; 8]]);
}
