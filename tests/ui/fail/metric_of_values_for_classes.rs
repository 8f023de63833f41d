use nn::prelude::*;

network! {
    pub struct Iris: [4] -> [3] {
        hidden: Dense(16) + Relu,
        scores: Dense(3),
    }
}

fn main() -> nn::Result<()> {
    let train = Samples::new(vec![[0.5_f32; 4]; 8], vec![0_u32; 8])?;
    let mut trainer = Trainer::new(Iris::seeded(1), CrossEntropy, Adam::default()).metric(Mae);
    trainer.fit(&train, &Fit { progress: Progress::Silent, ..Fit::default() })?;
    Ok(())
}
