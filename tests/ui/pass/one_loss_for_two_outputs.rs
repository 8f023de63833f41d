use nn::prelude::*;

network! {
    pub struct Found: [4] -> (class: [3], size: [1]) {
        hidden: Dense(16) + Relu,
        class: Dense(3) from hidden,
        size: Dense(1) from hidden,
    }
}

type Labels = (u32, f32);

fn main() -> nn::Result<()> {
    let (x, y) = (vec![[0.5_f32; 4]; 8], (vec![0_u32; 8], vec![0.5_f32; 8]));
    let train = Samples::<[f32; 4], Labels>::from_owned(x.into(), (y.0.into(), y.1.into()))?;
    let mut trainer = Trainer::new(Found::seeded(1), FoundLoss { class: CrossEntropy, size: MeanSquaredError }, Adam::default());
    trainer.fit(&train, &Fit { progress: Progress::Silent, ..Fit::default() })?;
    Ok(())
}
