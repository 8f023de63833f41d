use nn::prelude::*;

network! {
    pub struct Net: [8] -> [8] {
        left: Dense(8),
        right: Dense(8) from input,
        bent: Relu(left),
        sum: Add(right, bent),
    }
}

fn main() {}
