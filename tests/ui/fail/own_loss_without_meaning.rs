use nn::prelude::*;

/// The mean of the scores, whatever the labels are.
pub struct Own;



impl nn::Loss<[f32; 3], u32> for Own {
    fn loss(&self, x: &[[f32; 3]], y: &[u32], weights: Option<&[f32]>, gradient: Option<&mut [[f32; 3]]>) -> f64 {
        nn::Loss::<[f32; 3], u32>::loss(&CrossEntropy, x, y, weights, gradient)
    }
}

network! {
    pub struct Iris: [4] -> [3] {
        hidden: Dense(16) + Relu,
        scores: Dense(3),
    }
}

fn main() -> nn::Result<()> {
    let train = Samples::new(vec![[0.5_f32; 4]; 8], vec![0_u32; 8])?;
    let mut trainer = Trainer::new(Iris::seeded(1), Own, Adam::default());
    trainer.fit(&train, &Fit { progress: Progress::Silent, ..Fit::default() })?;
    Ok(())
}
