use nn::prelude::*;

mod blocks {
    nn::network! {
        pub struct Image: [784] -> [1, 28, 28] {
            fc: Dense(784) + Tanh,
            image: Reshape([1, 28, 28]),
        }
    }
}

network! {
    pub struct Digits: [784] -> [10] {
        image: blocks::Image,
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
