use nn::prelude::*;

network! {
    pub struct Outer: [4] -> [4] {
        inner: Inner,
    }

    pub struct Inner: [4] -> [4] {
        outer: Dense(4),
    }
}

fn main() {
    Outer::seeded(1);
}
