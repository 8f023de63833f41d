use nn::prelude::*;

network! {
    pub struct Digits: [1, 28, 28] -> [8, 26, 26] {
        conv: Conv2d(8, kernel = 3) + Relu,
    }
}

fn main() {
    Digits::seeded(1);
}
