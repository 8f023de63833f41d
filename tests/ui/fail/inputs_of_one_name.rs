use nn::prelude::*;

network! {
    pub struct Digits: (image: [784], image: [1]) -> [3] {
        both: Concat from (image, age),
        class: Dense(3),
    }
}

fn main() {
    Digits::seeded(1);
}
