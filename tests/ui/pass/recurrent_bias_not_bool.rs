use nn::prelude::*;

network! {
    pub struct Net: [28, 28] -> [28, 128] {
        states: Rnn(128, bias = true),
    }
}

fn main() {
    Net::seeded(1);
}
