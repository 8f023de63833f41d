use nn::prelude::*;

const STRIDE: usize = 2;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        up: ConvTranspose2d(4, kernel = 3, stride = STRIDE, output_padding = STRIDE - 1),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
