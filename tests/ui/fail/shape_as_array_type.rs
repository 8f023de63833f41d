use nn::prelude::*;

network! {
    pub struct Net: [[f32; 28]; 28] -> [10] {
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    let net = Net::seeded(1);
    net.predict(&[[[0.0; 28]; 28]]);
}
