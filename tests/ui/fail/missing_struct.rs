use nn::prelude::*;

network! {
    pub Digits: [784] -> [10] {
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
