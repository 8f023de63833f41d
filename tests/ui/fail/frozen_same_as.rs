use nn::prelude::*;

network! {
    pub struct Iris: [4] -> [3] {
        first: Dense(4),
        #[frozen]
        again: same_as first,
        logits: Dense(3),
    }
}

fn main() {
    let _ = Iris::default();
}
