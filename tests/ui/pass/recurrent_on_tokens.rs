use nn::prelude::*;

network! {
    pub struct Net: [64, 8] -> [64, 32] {
        states: Lstm(32),
    }
}

fn main() {
    Net::seeded(1);
}
