//! A layer on the bench: runs with everything that must not be read filled with NaN.

use super::Options;
use crate::random::Random;
use crate::{Context, Error, Layer, Mut, Path, Ref, Saved, Team, Value};
use nn_kernels::Buffer;

/// What gradients hold before `backward`.
#[derive(Clone, Copy)]
pub(super) enum Start<'a> {
    Nan,
    /// A value for each tensor, in order, to which `backward` adds.
    At(&'a [f32]),
}

/// What a run has given: parts by name, elements as they lie inside.
pub(super) struct Outcome {
    pub(super) y: Vec<(String, Vec<f32>)>,
    pub(super) parameters: Vec<(String, Vec<f32>)>,
    pub(super) dx: Vec<(String, Vec<f32>)>,
}

/// A layer, its input, and what it needs to run.
pub(super) struct Bench<'l, L: Layer> {
    pub(super) layer: &'l mut L,
    pub(super) options: Options,
    pub(super) team: Team,
    pub(super) x: <L::In as Value>::Owned,
    pub(super) y: <L::Out as Value>::Owned,
    /// dy: the derivative of the number that finite differences look at.
    pub(super) weights: Vec<f32>,
    /// Σ |y · weights| of the last pass: how large the terms are whose rounding finite differences see.
    pub(super) size: f64,
    pub(super) tape: Buffer,
    pub(super) scratch: Buffer,
    /// Whether what `backward` does not look at is not there, rather than NaN.
    pub(super) absent: bool,
}

impl<'l, L: Layer> Bench<'l, L> {
    pub(super) fn new(layer: &'l mut L, x: <L::In as Value>::Owned, options: Options) -> Self {
        let n = L::In::count(L::In::borrow(&x));
        let mut random = Random::new(options.seed, "output");
        Self {
            layer,
            options: Options { samples: n, ..options },
            team: Team::new(1),
            x,
            y: L::Out::zeroed(n),
            weights: (0..n * L::Out::LEN).map(|_| random.normal() as f32).collect(),
            size: 0.0,
            tape: Buffer::zeroed(L::MEMORY.tape.floats(n)),
            scratch: Buffer::zeroed(L::MEMORY.train.floats(n)),
            absent: false,
        }
    }

    pub(super) fn wrong(&self, problem: String) -> Error {
        Error::Gradient { layer: L::KIND, problem }
    }

    /// Runs `forward_train` and gives Σ y · weights.
    pub(super) fn number(&mut self, flags: L::PerLayer<bool>) -> f64 {
        self.forward(flags, true)
    }

    /// The same with a tape for a pass that asks for `dx` or will not.
    fn forward(&mut self, flags: L::PerLayer<bool>, dx: bool) -> f64 {
        self.tape.fill(f32::NAN);
        self.scratch.fill(f32::NAN);
        fill::<L::Out>(L::Out::borrow_mut(&mut self.y), f32::NAN);
        let Options { seed, training, .. } = self.options;
        let cx = Context::new(&self.team, seed, 0, training, &mut self.scratch);
        let (x, y) = (L::In::borrow(&self.x), L::Out::borrow_mut(&mut self.y));
        let tape = &mut self.tape[..L::tape(flags, dx).floats(self.options.samples)];
        self.layer.forward_train(x, y, crate::Arena::new(tape).with_dx(dx), flags, cx);
        let (mut sum, mut size, mut weights) = (0.0, 0.0, self.weights.iter());
        L::Out::each_part(L::Out::borrow(&self.y), &mut |_, part| {
            for (&y, &weight) in part.iter().zip(&mut weights) {
                let term = f64::from(y) * f64::from(weight);
                sum += term;
                size += term.abs();
            }
        });
        self.size = size;
        sum
    }

    /// Runs `forward_train` and `backward` with everything that must not be read filled with NaN.
    pub(super) fn run(&mut self, flags: L::PerLayer<bool>, dx: bool, start: Start<'_>) -> Outcome {
        self.forward(flags, dx);
        let y = parts::<L::Out>(L::Out::borrow(&self.y));
        let n = self.options.samples;
        let reads = L::reads(flags, dx);
        let count = if self.absent { 0 } else { n };
        let (mut unread_x, mut unread_y) = (L::In::zeroed(count), L::Out::zeroed(count));
        fill::<L::In>(L::In::borrow_mut(&mut unread_x), f32::NAN);
        fill::<L::Out>(L::Out::borrow_mut(&mut unread_y), f32::NAN);
        let saved = Saved {
            x: L::In::borrow(if reads.x { &self.x } else { &unread_x }),
            y: L::Out::borrow(if reads.y { &self.y } else { &unread_y }),
            tape: crate::Tape::new(&self.tape).with_dx(dx),
        };
        let mut dy = L::Out::zeroed(n);
        let mut weights = self.weights.iter();
        L::Out::each_part_mut(L::Out::borrow_mut(&mut dy), &mut |_, part| {
            part.iter_mut().zip(&mut weights).for_each(|(dy, &w)| *dy = w);
        });
        let mut grads = self.layer.grads();
        let mut values = match start {
            Start::Nan => [].iter(),
            Start::At(values) => values.iter(),
        };
        L::gradients(&mut grads, &Path::ROOT, &mut |_, tensor| {
            tensor.values_mut().fill(values.next().copied().unwrap_or(f32::NAN));
        });
        let mut input_gradient = L::In::zeroed(n);
        fill::<L::In>(L::In::borrow_mut(&mut input_gradient), f32::NAN);
        self.scratch.fill(f32::NAN);
        let Options { seed, training, .. } = self.options;
        let mut cx = Context::new(&self.team, seed, 0, training, &mut self.scratch);
        cx.accumulate = matches!(start, Start::At(_));
        let to = dx.then(|| L::In::borrow_mut(&mut input_gradient));
        self.layer.backward(saved, L::Out::borrow_mut(&mut dy), &mut grads, flags, to, cx);
        let mut parameters = Vec::new();
        L::gradients(&mut grads, &Path::ROOT, &mut |path, tensor| {
            parameters.push((path.to_string(), tensor.values().to_vec()));
        });
        Outcome { y, parameters, dx: parts::<L::In>(L::In::borrow(&input_gradient)) }
    }
}

pub(super) fn fill<V: Value>(batch: Mut<'_, V>, value: f32) {
    V::each_part_mut(batch, &mut |_, part| part.fill(value));
}

pub(super) fn parts<V: Value>(batch: Ref<'_, V>) -> Vec<(String, Vec<f32>)> {
    let mut parts = Vec::new();
    V::each_part(batch, &mut |name, values| parts.push((name.to_owned(), values.to_vec())));
    parts
}

pub(super) fn largest(values: &[f32]) -> f64 {
    values.iter().fold(0.0, |most, value| most.max(f64::from(value.abs())))
}

pub(super) fn close(a: f32, b: f32, allowed: f64) -> bool {
    (f64::from(a) - f64::from(b)).abs() <= allowed
}
