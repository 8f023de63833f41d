use nn::prelude::*;

network! {
    pub struct Iris: [4] -> [3] {
        #[frozen]
        hidden: Dense(8) + Relu,
        logits: Dense(3),
    }
}

fn main() {
    let learns = IrisPerLayer { logits: true };
    assert!(Iris::any(learns));
}
