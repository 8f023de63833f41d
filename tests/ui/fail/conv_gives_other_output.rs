use nn::prelude::*;

network! {
    pub struct Digits: [1, 28, 28] -> [8, 28, 28] {
        conv: Conv2d(8, kernel = 3) + Relu,
    }
}

fn main() {
    Digits::seeded(1);
}
