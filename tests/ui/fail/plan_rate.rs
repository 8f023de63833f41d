use nn::plan::{Freeze, Planned, Train};
use nn::prelude::*;

network! {
    pub struct Iris: [4] -> [3] {
        hidden: Dense(8) + Relu,
        logits: Dense(3),
    }
}

pub struct HeadOnly;
impl IrisPlan for HeadOnly {
    type Hidden = Freeze;
    type Logits = Train;
}

fn main() {
    let mut rates = Planned::<Iris, HeadOnly>::per_layer(1.0);
    (rates.hidden, rates.logits) = (0.1, 0.1);
    assert_eq!(rates.logits, 0.1);
}
