use nn::prelude::*;

network! {
    pub struct Pair: (words: [u32; 6], age: [2]) -> [4] {
        token: Embedding(10, 8) from words,
        last: Last,
        both: Concat from (last, age),
        out: Dense(4),
    }

    pub struct Outer: (words: [u32; 6], age: [2]) -> [4] {
        pair: Pair from (words, age),
        out: Dense(4),
    }
}

fn main() {
    Outer::seeded(1);
}
