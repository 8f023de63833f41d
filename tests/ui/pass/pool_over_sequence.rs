use nn::prelude::*;

network! {
    pub struct Net: [8, 10] -> [8, 1, 5] {
        image: Reshape([8, 1, 10]),
        pool: MaxPool2d([1, 2]),
    }
}

fn main() {
    let net = Net::seeded(1);
    net.predict(&[[[0.0; 10]; 8]]);
}
