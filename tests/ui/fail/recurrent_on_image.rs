use nn::prelude::*;

network! {
    pub struct Net: [1, 28, 28] -> [28, 32] {
        
        states: Gru(32),
    }
}

fn main() {
    Net::seeded(1);
}
