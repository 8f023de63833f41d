use nn::prelude::*;

mod encoders {
    nn::network! {
        pub struct Encoder: [784] -> [28] { fc: Dense(28) + Tanh }
    }
}

network! {
    pub struct Net: [784] -> [28, 32] {
        features: encoders::Encoder,
        steps: Reshape([28, 1]),
        states: Lstm(32),
        shaped: Reshape([28, 32]),
    }
}

fn main() {
    Net::seeded(1);
}
