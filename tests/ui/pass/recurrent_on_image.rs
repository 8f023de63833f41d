use nn::prelude::*;

network! {
    pub struct Net: [1, 28, 28] -> [28, 32] {
        rows: Reshape([28, 28]),
        states: Gru(32),
    }
}

fn main() {
    Net::seeded(1);
}
