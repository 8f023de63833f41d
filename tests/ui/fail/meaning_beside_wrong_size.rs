use nn::loss::NegativeLogLikelihood;
use nn::prelude::*;

network! {
    pub struct Net: [784] -> [10] {
        hidden: Dense(783 -> 128) + Relu,
        logits: Dense(10) + LogSoftmax,
    }
}

fn main() {
    let _: Trainer<_, _, _, u32> = Trainer::new(Net::seeded(1), NegativeLogLikelihood, Adam::default());
}
