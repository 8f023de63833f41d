use nn::prelude::*;

network! {
    pub struct Net: [28, 28, 1] -> [10] {
        conv: Conv2d(8, kernel = 3),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    println!("{}", Net::seeded(1).summary());
}
