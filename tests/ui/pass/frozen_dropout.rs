use nn::prelude::*;

network! {
    pub struct Iris: [4] -> [3] {
        hidden: Dense(8) + Relu,

        drop: Dropout(0.5),
        logits: Dense(3),
    }
}

fn main() {
    let _ = Iris::default();
}
