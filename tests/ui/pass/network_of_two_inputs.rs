use nn::prelude::*;

network! {
    pub struct One: [u32; 6] -> [4] {
        token: Embedding(10, 8),
        last: Last,
        out: Dense(4),
    }

    pub struct Pair: (words: [u32; 6], age: [2]) -> [4] {
        token: Embedding(10, 8) from words,
        last: Last,
        both: Concat from (last, age),
        out: Dense(4),
    }

    pub struct Outer: (words: [u32; 6], age: [2]) -> [4] {
        inner: One from words,
        both: Concat from (inner, age),
        out: Dense(4),
    }
}

fn main() {
    Outer::seeded(1);
}
