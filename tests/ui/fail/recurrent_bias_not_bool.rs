use nn::prelude::*;

network! {
    pub struct Net: [28, 28] -> [28, 128] {
        states: Rnn(128, bias = 1),
    }
}

fn main() {
    Net::seeded(1);
}
