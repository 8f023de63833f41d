use nn::plan::{Freeze, Planned, Train};
use nn::prelude::*;

network! {
    pub struct Iris: [4] -> [3] {
        hidden: Dense(8, biaz = false) + Relu,
        logits: Dense(3),
    }
}

pub struct HeadOnly;
impl IrisPlan for HeadOnly {
    type Hidden = Freeze;
    type Logits = Train;
}

fn main() {
    let net = Planned::<_, HeadOnly>::new(Iris::default());
    assert_eq!(net.grads().logits.bias.len(), 3);
}
