use nn::prelude::*;

network! {
    pub struct Digits: [1, 28, 28] -> [10] {
        up: ConvTranspose2d(4, kernel = 3, stride = 2, padding = same, output_padding = 1),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
