use nn::prelude::*;

network! {
    pub struct Net: [1, 28, 28] -> [10] {
        conv: Conv2d(8, kernel = 3),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    println!("{}", Net::seeded(1).summary());
}
