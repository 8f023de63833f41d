use nn::prelude::*;

network! {
    pub struct Iris: [4] -> [1] {
        hidden: Dense(16) + Relu,
        value: Dense(1),
    }
}

fn main() -> nn::Result<()> {
    let train = Samples::new(vec![[0.5_f32; 4]; 8], vec![0.0_f32; 8])?;
    let mut trainer = Trainer::new(Iris::seeded(1), MeanSquaredError, Adam::default()).metric(Accuracy);
    trainer.fit(&train, &Fit { progress: Progress::Silent, ..Fit::default() })?;
    Ok(())
}
