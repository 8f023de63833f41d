use nn::prelude::*;

network! {
    pub struct Digits: [784] -> (class: [3], size: [2]) {
        features: Dense(5) + Tanh,
        class: Dense(4) from features,
        size: Dense(2) from features,
    }
}

fn main() {
    let found = Digits::seeded(1).predict(&[[0.0; 784]]);
    println!("{:?} {:?}", found.class, found.size);
}
