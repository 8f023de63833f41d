use nn::prelude::*;

mod images {
    nn::network! { pub struct Edges: [1, 8, 8] -> [4, 8, 8] { conv: Conv2d(4, kernel = 3, padding = same) } }
}
use images::Edges;

network! {
    pub struct Digits: [1, 8, 8] -> [10] {
        left: Edges,
        right: Edges from input,
        both: Concat from (left, right),
        flat: Flatten,
        logits: Dense(10),
    }
}

fn main() {
    Digits::seeded(1);
}
