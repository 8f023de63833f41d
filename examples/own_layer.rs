//! A layer of one's own: radial basis functions, written in ordinary Rust, checked by finite differences, used in a network like any
//! built-in one, and trained to tell two moons apart.
//!
//! `cargo run --release --example own_layer [-- SEED]`

#[path = "common/seed.rs"]
mod seed;

use nn::init::Init;
use nn::prelude::*;
use nn::random::Random;
use nn::{Context, Layer, Layout, Saved, Scores, Shape, Tensor, parameters};

/// yⱼ = exp(−|x − cⱼ|²), for N learned centres c in the plane.
pub struct Radial<const N: usize> {
    centres: Tensor,
}

parameters! { impl[const N: usize] Radial<N>, RadialGrads { centres }, count = 2 * N }

impl<const N: usize> Default for Radial<N> {
    fn default() -> Self {
        Self { centres: Tensor::zeros(Shape::new(&[N, 2]), Layout::Plain) }
    }
}

impl<const N: usize> Radial<N> {
    fn centres(&self) -> &[[f32; 2]] {
        self.centres.values().as_chunks().0
    }
}

impl<const N: usize> Layer for Radial<N> {
    type In = [f32; 2];
    type Out = [f32; N];
    type Gives = Scores;
    const KIND: &'static str = "Radial";
    const FLOPS: u64 = 8 * N as u64;

    fn forward(&self, x: &[[f32; 2]], y: &mut [[f32; N]], _: Context<'_>) {
        for (x, y) in x.iter().zip(y) {
            for (y, c) in y.iter_mut().zip(self.centres()) {
                *y = (-(x[0] - c[0]).powi(2) - (x[1] - c[1]).powi(2)).exp();
            }
        }
    }

    /// dyⱼ/dx = −2 (x − cⱼ) yⱼ = −dyⱼ/dcⱼ.
    fn backward(
        &self,
        saved: Saved<'_, Self>,
        dy: &mut [[f32; N]],
        grads: &mut RadialGrads,
        train: bool,
        mut dx: Option<&mut [[f32; 2]]>,
        cx: Context<'_>,
    ) {
        if train && !cx.accumulate {
            grads.centres.values_mut().fill(0.0);
        }
        for (i, x) in saved.x.iter().enumerate() {
            let mut sum = [0.0; 2];
            for (j, c) in self.centres().iter().enumerate() {
                for k in 0..2 {
                    let slope = -2.0 * (x[k] - c[k]) * saved.y[i][j] * dy[i][j];
                    sum[k] += slope;
                    if train {
                        grads.centres.values_mut()[2 * j + k] -= slope;
                    }
                }
            }
            if let Some(dx) = dx.as_deref_mut() {
                dx[i] = sum;
            }
        }
    }

    fn reset(&mut self, key: u64) {
        Init::Uniform { low: -1.0, high: 2.0 }.fill(&mut self.centres, &mut Random::new(key, "centres"));
    }
}

network! {
    struct Moons: [2] -> [1] {
        radial: Radial<24> as [2] -> [24],
        upper:  Dense(1),
    }
}

fn main() -> nn::Result<()> {
    let seed = seed::or(0);
    nn::check::gradients(&mut Moons::seeded(seed), &nn::check::Options::default())?;
    println!("the gradients agree with finite differences");

    let data = moons(600);
    let (train, test) = data.split(0.75, seed)?;
    let mut trainer = Trainer::new(Moons::seeded(seed), BinaryCrossEntropy, Adam { lr: 0.03, ..Adam::default() })
        .metric(Binary::logits(Accuracy))
        .seed(seed);
    println!("{}", trainer.network().summary());
    trainer.fit(&train, &Fit { epochs: 60, progress: Progress::Silent, ..Fit::default() })?;
    println!("on points never seen: {}", trainer.evaluate(&test)?);
    Ok(())
}

/// Points on two half circles that reach into each other, with noise; 1 for the upper.
fn moons(count: usize) -> Samples<[f32; 2], u32> {
    let mut random = Random::new(0, "moons");
    let (mut x, mut y) = (Batch::zeroed(count), Batch::zeroed(count));
    for i in 0..count {
        let angle = random.uniform() * std::f64::consts::PI;
        let (across, up) = if i % 2 == 0 { (angle.cos(), angle.sin()) } else { (1.0 - angle.cos(), 0.5 - angle.sin()) };
        x[i] = [(across + 0.15 * random.normal()) as f32, (up + 0.15 * random.normal()) as f32];
        y[i] = u32::from(i % 2 == 0);
    }
    Samples::new(x, y).expect("as many labels as points")
}
