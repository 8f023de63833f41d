//! What a step costs if convolutions are frozen, and if only a head is trained on their outputs, beside the whole step.
//!
//! `cargo bench --bench freezing` takes all in turns and prints medians and ratios: Keras' CNN for MNIST, batches of 128, Adam.

use nn::loss::CrossEntropy;
use nn::optim::{Adam, Groups, LayerSettings, Optimizer, Stepper};
use nn::{Batch, Layer, Parameters, Team, Value, Workspace, network};
use std::sync::Arc;
use std::time::Instant;

network! {
    /// The convolutions of Keras' example `mnist_cnn`.
    pub struct Convolutions: [1, 28, 28] -> [9216] {
        conv1: Conv2d(32, kernel = 3) + Relu,
        conv2: Conv2d(64, kernel = 3) + Relu,
        pool:  MaxPool2d(2),
        flat:  Flatten,
    }

    /// What comes behind them.
    pub struct Head: [9216] -> [10] {
        drop1:  Dropout(0.25),
        hidden: Dense(128) + Relu,
        drop2:  Dropout(0.5),
        logits: Dense(10),
    }

    /// All of it.
    pub struct Cnn: [1, 28, 28] -> [10] {
        convolutions: Convolutions,
        head: Head,
    }
}

const BATCH: usize = 128;
const ROUNDS: usize = 15;

/// A network in training on one batch.
struct Training<N: Layer> {
    net: N,
    x: <N::In as Value>::Owned,
    workspace: Workspace<N>,
    gradients: N::Grads,
    optimizer: Stepper<N, Adam>,
    times: Vec<f64>,
}

impl<N: Layer<Gives = nn::Scores, Out = [f32; 10]>> Training<N> {
    fn new(net: N, x: <N::In as Value>::Owned, learns: N::PerLayer<bool>, team: &Arc<Team>) -> Self {
        // With steps that are too small to learn, because vanishing gradients would time denormal numbers.
        let adam = Adam { lr: 1e-9, ..Adam::default() };
        let optimizer = adam.stepper(&net).layers(N::with_train(N::per_layer(LayerSettings::TRAINED), learns));
        let mut workspace = Workspace::with_team(BATCH, team.clone());
        workspace.set_trainable(optimizer.trained());
        Self { gradients: net.grads(), net, x, workspace, optimizer, times: Vec::new() }
    }

    fn step(&mut self, labels: &[u32]) {
        let start = Instant::now();
        self.workspace
            .forward_train(&self.net, N::In::borrow(&self.x))
            .loss(&CrossEntropy, labels)
            .backward(&mut self.gradients);
        self.optimizer.step(&mut self.net, &mut self.gradients, self.workspace.team()).expect("finite gradients");
        self.workspace.commit(&mut self.net);
        self.times.push(start.elapsed().as_secs_f64());
    }

    fn median(&mut self) -> f64 {
        self.times.sort_by(f64::total_cmp);
        self.times[self.times.len() / 2]
    }
}

fn main() {
    let mut random = nn::random::Random::new(0, "bench");
    let mut images = Batch::<<Cnn as Layer>::In>::zeroed(BATCH);
    images.flat_mut().fill_with(|| random.uniform() as f32);
    let labels: Vec<u32> = (0..BATCH as u32).map(|i| i % 10).collect();
    let team = Arc::new(Team::new(0));
    let mut features = Batch::zeroed(BATCH);
    Workspace::for_evaluation(BATCH, team.clone()).forward_into(&Cnn::seeded(0).convolutions, &images, &mut features);

    let frozen = CnnPerLayer { convolutions: Convolutions::per_layer(false), ..Cnn::per_layer(true) };
    let mut full = Training::new(Cnn::seeded(0), images.clone(), Cnn::per_layer(true), &team);
    let mut frozen = Training::new(Cnn::seeded(0), images, frozen, &team);
    let mut head = Training::new(Head::seeded(0), features, Head::per_layer(true), &team);
    for _ in 0..ROUNDS {
        full.step(&labels);
        frozen.step(&labels);
        head.step(&labels);
    }
    let [full, frozen, head] = [full.median(), frozen.median(), head.median()];
    println!("whole step                      {:7.2} ms", 1e3 * full);
    println!("convolutions frozen             {:7.2} ms  {:.3} of it", 1e3 * frozen, frozen / full);
    println!("head on outputs that are kept   {:7.2} ms  {:.3} of it", 1e3 * head, head / full);
}
