use nn::prelude::*;

network! {
    pub struct Net: [12, 16, 4] -> [12, 32] {
        
        states: Rnn(32),
    }
}

fn main() {
    Net::seeded(1);
}
