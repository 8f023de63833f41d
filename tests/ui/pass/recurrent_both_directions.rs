use nn::prelude::*;

network! {
    pub struct Net: [9, 4] -> [9, 16] {
        tags: Gru(8, bidirectional = true),
    }
}

fn main() {
    Net::seeded(1);
}
