//! What goes around the update: settings by layer, limits, penalties, schedules, state.

#[path = "../common/mod.rs"]
mod common;
mod groups;
mod limits;
mod settings;
mod state;
#[path = "../common/two.rs"]
mod two;

use nn_core::optim::Sgd;
use nn_core::{Parameters, Path};
use two::{Two, TwoGrads};

/// A network and gradients of numbers without a pattern, each its own.
fn network() -> (Two, TwoGrads) {
    let mut net = Two::new(3, 4, 2);
    net.set(|path, i| ((path.len() * 7 + i * 5) % 11) as f32 * 0.1 - 0.45);
    let mut grads = net.grads();
    fill(&mut grads, 0);
    (net, grads)
}

/// Gradients as a backward pass of some step would leave them.
fn fill(grads: &mut TwoGrads, step: usize) {
    Two::gradients(grads, &Path::ROOT, &mut |path, grad| {
        let path = path.to_string().len();
        for (i, g) in grad.values_mut().iter_mut().enumerate() {
            *g = ((path * 3 + i * 7 + step * 5) % 13) as f32 * 0.2 - 1.1;
        }
    });
}

fn sgd() -> Sgd {
    Sgd { lr: 1.0, ..Sgd::default() }
}

fn values(gradients: &mut TwoGrads) -> Vec<f32> {
    let mut all = Vec::new();
    Two::gradients(gradients, &Path::ROOT, &mut |_, grad| all.extend_from_slice(grad.values()));
    all
}

fn minus(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}
