use nn::prelude::*;

network! {
    pub struct Net: [8] -> (scores: [3], value: [2]) {
        trunk: Dense(4) + Relu,
        scores: Dense(3) from trunk,
        value: Dense(2) from trunk,
    }
}

fn main() {
    let loss = NetLoss { scores: CrossEntropy, value: MeanSquaredError };
    let _: Trainer<_, _, _, (u32, [f32; 2])> = Trainer::new(Net::seeded(1), loss, Adam::default());
}
