use nn::prelude::*;

network! {
    pub struct Iris: [4] -> [3] {
        #[frozen]
        hidden: Dense(8) + Relu,
        logits: Dense(3),
    }
}

fn main() {
    let mut rates = Iris::per_layer(1.0);
    rates.logits = 0.1;
    assert_eq!(rates.logits, 0.1);
}
