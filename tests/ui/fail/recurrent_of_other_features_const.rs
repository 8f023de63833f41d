use nn::prelude::*;

const FEATURES: usize = 28;
const WIDTH: usize = 64;

network! {
    pub struct Net: [28, FEATURES] -> [28, 128] {
        states: Lstm(WIDTH -> 128),
    }
}

fn main() {
    Net::seeded(1);
}
