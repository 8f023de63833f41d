//! Two activations and a layer of one's own.

use nn::init::Init;
use nn::layers::Activation;
use nn::random::Random;
use nn::{Arena, Context, Layer, Layout, Memory, Reads, Saved, Scores, Shape, Size, Tensor, parameters};

/// y = x / √(1 + x²), whose derivative (1 − y²)^(3/2) reads the output alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bounded;

impl Activation for Bounded {
    type Gives = Scores;
    const KIND: &'static str = "Bounded";
    const READS: Reads = Reads::OUTPUT;

    fn apply(&self, x: f32) -> f32 {
        x / (1.0 + x * x).sqrt()
    }
    fn derivative(&self, _: f32, y: f32) -> f32 {
        (1.0 - y * y).max(0.0).powf(1.5)
    }
}

/// y = sin(x), whose derivative reads the input.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sine;

impl Activation for Sine {
    type Gives = Scores;
    const KIND: &'static str = "Sine";
    const READS: Reads = Reads::INPUT;

    fn apply(&self, x: f32) -> f32 {
        x.sin()
    }
    fn derivative(&self, x: f32, _: f32) -> f32 {
        x.cos()
    }
}

/// y = x · (1 + gate · √(mean of x²)): a layer with a parameter, a tape of its own and a derivative that reads its input.
pub struct Loudness<const N: usize> {
    gate: Tensor,
}

parameters! { impl[const N: usize] Loudness<N>, LoudnessGrads { gate }, count = N }

impl<const N: usize> Default for Loudness<N> {
    fn default() -> Self {
        Self { gate: Tensor::zeros(Shape::new(&[N]), Layout::Plain) }
    }
}

impl<const N: usize> Loudness<N> {
    fn loudness(x: &[f32; N]) -> f32 {
        (x.iter().map(|x| x * x).sum::<f32>() / N as f32).sqrt() + 1e-6
    }

    fn write(&self, x: &[f32; N], y: &mut [f32; N]) -> f32 {
        let loudness = Self::loudness(x);
        *y = std::array::from_fn(|i| x[i] * (1.0 + self.gate.values()[i] * loudness));
        loudness
    }
}

impl<const N: usize> Layer for Loudness<N> {
    type In = [f32; N];
    type Out = [f32; N];
    type Gives = Scores;
    const KIND: &'static str = "Loudness";
    const MEMORY: Memory = Memory { tape: Size::per_sample(1), ..Memory::NONE };
    const READS: Reads = Reads::INPUT;
    const FLOPS: u64 = 5 * N as u64;

    fn forward(&self, x: &[[f32; N]], y: &mut [[f32; N]], _: Context<'_>) {
        for (x, y) in x.iter().zip(y) {
            self.write(x, y);
        }
    }

    fn forward_train(&self, x: &[[f32; N]], y: &mut [[f32; N]], mut tape: Arena<'_>, _: bool, _: Context<'_>) {
        let loudness = tape.floats(x.len());
        for ((x, y), loudness) in x.iter().zip(y).zip(loudness) {
            *loudness = self.write(x, y);
        }
    }

    fn backward(
        &self,
        mut saved: Saved<'_, Self>,
        dy: &mut [[f32; N]],
        grads: &mut LoudnessGrads,
        train: bool,
        mut dx: Option<&mut [[f32; N]]>,
        cx: Context<'_>,
    ) {
        let (gate, loudness) = (self.gate.values(), saved.tape.floats(dy.len()));
        if train && !cx.accumulate {
            grads.gate.values_mut().fill(0.0);
        }
        for (n, (x, dy)) in saved.x.iter().zip(&*dy).enumerate() {
            if train {
                let gradient = grads.gate.values_mut();
                (0..N).for_each(|i| gradient[i] += dy[i] * x[i] * loudness[n]);
            }
            if let Some(dx) = dx.as_deref_mut() {
                let shared: f32 =
                    (0..N).map(|i| dy[i] * x[i] * gate[i]).sum::<f32>() / (N as f32 * (loudness[n] - 1e-6));
                dx[n] = std::array::from_fn(|i| dy[i] * (1.0 + gate[i] * loudness[n]) + shared * x[i]);
            }
        }
    }

    fn reset(&mut self, key: u64) {
        Init::Uniform { low: -0.5, high: 0.5 }.fill(&mut self.gate, &mut Random::new(key, "gate"));
    }
}
