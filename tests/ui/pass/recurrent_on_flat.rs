use nn::prelude::*;

network! {
    pub struct Net: [28, 1] -> [28, 32] {
        states: Lstm(32),
    }
}

fn main() {
    Net::seeded(1);
}
