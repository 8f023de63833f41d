use nn::prelude::*;

network! {
    pub struct One: [u32; 6] -> [4] {
        token: Embedding(10, 8),
        last: Last,
        out: Dense(4),
    }

    pub struct Outer: (words: [u32; 6], age: [2]) -> [4] {
        one: One from words,
        both: Concat from (one, age),
        out: Dense(4),
    }
}

fn main() {
    Outer::seeded(1);
}
