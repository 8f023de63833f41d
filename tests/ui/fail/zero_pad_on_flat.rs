use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        zeros: ZeroPad2d(1),
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
