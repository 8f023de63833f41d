use nn::prelude::*;

network! {
    pub struct Digits: (image: [784], age: [1]) -> [10] {
        features: Dense(16) + Relu ,
        both: Concat from (features, age),
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
