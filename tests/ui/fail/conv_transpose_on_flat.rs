use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        up: ConvTranspose2d(4, kernel = 2),
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
