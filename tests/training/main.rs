//! What training does, seen from outside.

mod averages;
mod batches;
mod find_lr;
mod fit;
mod mistakes;
mod steering;
mod unfreezing;
mod workspace;

use nn::data::Samples;
use nn::network;
use nn::optim::Sgd;
use nn::random::Random;
use nn::train::Progress;

network! {
    #[derive(Clone)]
    struct Xor: [2] -> [2] {
        hidden: Dense(8) + Tanh,
        scores: Dense(2),
    }

    #[derive(Clone)]
    struct Line: [3] -> [1] {
        out: Dense(1),
    }
}

const QUIET: Progress = Progress::Silent;

fn xor() -> Samples<[f32; 2], u32> {
    Samples::new([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]).unwrap()
}

/// y = x₀ − 2 x₁ + noise.
fn line(count: usize, seed: u64) -> Samples<[f32; 3], [f32; 1]> {
    let mut random = Random::new(seed, "line");
    let x: Vec<[f32; 3]> = (0..count).map(|_| core::array::from_fn(|_| random.normal() as f32)).collect();
    let y: Vec<[f32; 1]> = x.iter().map(|x| [x[0] - 2.0 * x[1] + 0.1 * random.normal() as f32]).collect();
    Samples::new(x, y).unwrap()
}

fn sgd(lr: f64) -> Sgd {
    Sgd { lr, ..Sgd::default() }
}
