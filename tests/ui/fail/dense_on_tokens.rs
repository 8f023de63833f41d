use nn::prelude::*;

network! {
    pub struct Digits: [u32; 64] -> [10] {
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
