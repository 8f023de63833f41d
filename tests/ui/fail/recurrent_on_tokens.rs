use nn::prelude::*;

network! {
    pub struct Net: [u32; 64] -> [64, 32] {
        states: Lstm(32),
    }
}

fn main() {
    Net::seeded(1);
}
