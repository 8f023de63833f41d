use nn::prelude::*;

network! {
    #[derive(Clone)]
    pub struct Net: [8] -> [8] {
        fc: Dense(8),
    }
}

fn main() {
    let net = Net::seeded(1);
    net.predict(&[[0.0; 8]]);
}
