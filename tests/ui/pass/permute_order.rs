use nn::prelude::*;

network! {
    pub struct Digits: [28, 32] -> [10] {
        turned: Permute([2, 1]),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    let net = Digits::seeded(1);
    net.predict(&[[[0.0; 32]; 28]]);
}
