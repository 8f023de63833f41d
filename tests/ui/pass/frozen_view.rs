use nn::prelude::*;

network! {
    pub struct Iris: [2, 2] -> [3] {

        flat: Flatten,
        hidden: Dense(8) + Relu,
        logits: Dense(3),
    }
}

fn main() {
    let _ = Iris::default();
}
