//! The network 784-128-64-10 as somebody would write it over nn-kernels: buffers, products, and nothing else.

use nn_kernels::{
    Activation, AdamStep, Buffer, Epilogue, LinearGradients, Mat, MatMut, Team, adam, linear_backward, matmul_nn,
    row_exponentials,
};

const INPUTS: usize = 784;
const CLASSES: usize = 10;
/// Inputs and outputs of each layer.
const SIZES: [(usize, usize); 3] = [(INPUTS, 128), (128, 64), (64, CLASSES)];

/// One layer: parameters, gradients, moments.
struct Layer {
    inputs: usize,
    outputs: usize,
    weight: Trained,
    bias: Trained,
    /// The output for a batch, and the gradient with respect to it.
    y: Buffer,
    dy: Buffer,
}

struct Trained {
    values: Buffer,
    gradient: Buffer,
    moments: [Buffer; 2],
}

impl Trained {
    fn new(values: &[f32]) -> Self {
        let zeros = || Buffer::zeroed(values.len());
        let mut trained = Self { values: zeros(), gradient: zeros(), moments: [zeros(), zeros()] };
        trained.values.copy_from_slice(values);
        trained
    }

    fn update(&mut self, team: &Team, step: AdamStep) {
        let [m, v] = &mut self.moments;
        adam(team, &mut self.values, &self.gradient, m, v, step);
    }
}

/// All layers, for batches of a fixed size.
pub struct ByHand {
    layers: [Layer; 3],
    largest: Vec<f32>,
    sums: Vec<f32>,
    batch: usize,
    lr: f32,
    steps: u64,
}

impl ByHand {
    /// Weights `[in, out]` and biases, layer by layer.
    pub fn new(parameters: [(&[f32], &[f32]); 3], batch: usize, lr: f32) -> Self {
        let layers = std::array::from_fn(|i| {
            let ((inputs, outputs), (weight, bias)) = (SIZES[i], parameters[i]);
            let [y, dy] = [(); 2].map(|()| Buffer::zeroed(batch * outputs));
            Layer { inputs, outputs, weight: Trained::new(weight), bias: Trained::new(bias), y, dy }
        });
        Self { layers, largest: vec![0.0; batch], sums: vec![0.0; batch], batch, lr, steps: 0 }
    }

    pub fn output(&self) -> &[f32] {
        &self.layers[2].y
    }

    pub fn weight(&self, layer: usize) -> &[f32] {
        &self.layers[layer].weight.values
    }

    pub fn forward(&mut self, team: &Team, x: &[f32]) -> &[f32] {
        let [first, second, third] = &mut self.layers;
        first.forward(team, x, self.batch, Activation::Relu);
        second.forward(team, &first.y, self.batch, Activation::Relu);
        third.forward(team, &second.y, self.batch, Activation::Identity);
        &third.y
    }

    /// Forward, mean cross-entropy, backward.
    pub fn gradients(&mut self, team: &Team, x: &[f32], labels: &[u32]) -> f64 {
        self.forward(team, x);
        let loss = self.cross_entropy(labels);
        let [first, second, third] = &mut self.layers;
        third.backward(team, &second.y, self.batch, Some(&mut second.dy));
        Activation::Relu.backward_inplace(team, &second.y, &mut second.dy);
        second.backward(team, &first.y, self.batch, Some(&mut first.dy));
        Activation::Relu.backward_inplace(team, &first.y, &mut first.dy);
        first.backward(team, x, self.batch, None);
        loss
    }

    pub fn step(&mut self, team: &Team, x: &[f32], labels: &[u32]) -> f64 {
        let loss = self.gradients(team, x, labels);
        self.steps += 1;
        let (step, lr) = (self.steps, self.lr);
        let step = AdamStep {
            lr,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 0.0,
            decoupled: false,
            step,
            grad_scale: 1.0,
        };
        for layer in &mut self.layers {
            layer.weight.update(team, step);
            layer.bias.update(team, step);
        }
        loss
    }

    /// The loss; its gradient goes to the last layer's `dy`.
    fn cross_entropy(&mut self, labels: &[u32]) -> f64 {
        let Self { layers: [.., last], largest, sums, batch, .. } = self;
        row_exponentials(&last.y, CLASSES, Some(&mut last.dy), largest, sums);
        let (mut loss, scale) = (0.0, (1.0 / *batch as f64) as f32);
        let rows = last.y.chunks_exact(CLASSES).zip(last.dy.chunks_exact_mut(CLASSES));
        for ((x, dy), ((&label, &most), &sum)) in rows.zip(labels.iter().zip(&*largest).zip(&*sums)) {
            let factor = (f64::from(scale) / f64::from(sum)) as f32;
            dy.iter_mut().for_each(|g| *g *= factor);
            dy[label as usize] -= scale;
            loss += f64::from(most) - f64::from(x[label as usize]) + f64::from(sum).ln();
        }
        loss / *batch as f64
    }
}

impl Layer {
    fn forward(&mut self, team: &Team, x: &[f32], batch: usize, activation: Activation) {
        let (x, weight) = (Mat::new(x, batch, self.inputs), Mat::new(&self.weight.values, self.inputs, self.outputs));
        let epilogue = Epilogue { bias: Some(&self.bias.values), activation, ..Epilogue::default() };
        matmul_nn(team, x, weight, MatMut::new(&mut self.y, batch, self.outputs), epilogue);
    }

    fn backward(&mut self, team: &Team, x: &[f32], batch: usize, dx: Option<&mut Buffer>) {
        let (x, weight) = (Mat::new(x, batch, self.inputs), Mat::new(&self.weight.values, self.inputs, self.outputs));
        let gradients = LinearGradients {
            weight: Some(MatMut::new(&mut self.weight.gradient, self.inputs, self.outputs)),
            bias: Some(&mut self.bias.gradient),
            input: dx.map(|dx| MatMut::new(dx, batch, self.inputs)),
            accumulate: false,
        };
        linear_backward(team, x, weight, &self.dy, gradients);
    }
}
