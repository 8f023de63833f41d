use nn::plan::{Freeze, Planned, Train};
use nn::prelude::*;

network! {
    pub struct Stem: [4] -> [8] { fc: Dense(8) + Relu }

    pub struct Iris: [4] -> [3] {
        stem: Stem,
        logits: Dense(3),
    }
}

pub struct StemOnly;
impl StemPlan for StemOnly {
    type Fc = Train;
}

pub struct Whole;
impl IrisPlan for Whole {
    type Stem = StemOnly;
    type Logits = Train;
}

fn main() {
    let net = Planned::<Iris, Whole>::new(Iris::default());
    let Freeze = Planned::<Iris, Freeze>::new(net.into_inner()).grads();
}
