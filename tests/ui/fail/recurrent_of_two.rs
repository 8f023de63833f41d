use nn::prelude::*;

network! {
    pub struct Net: [28, 28] -> [28, 128] {
        states: Gru(28, 128),
    }
}

fn main() {
    Net::seeded(1);
}
