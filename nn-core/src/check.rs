//! Checks of layers, for the tests of whoever writes one.

use crate::random::Random;
use crate::{Context, Error, Layer, Mut, Path, Ref, Result, Saved, Team, Value};
use nn_kernels::Buffer;

/// How [`gradients`] looks at a layer.
///
/// ```
/// let options = nn_core::check::Options { samples: 7, ..Default::default() };
/// # let _ = options;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The number of samples in the batch.
    pub samples: usize,
    /// Keys the input, the layer's random choices and which elements are looked at.
    pub seed: u64,
    /// Whether the layer behaves as in training (dropout, statistics of the batch) or as in evaluation.
    pub training: bool,
    /// The most elements to look at in each tensor and each part of the input.
    pub elements: usize,
    /// The largest difference to put up with, as a fraction of the largest gradient in the tensor.
    pub tolerance: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { samples: 3, seed: 1, training: true, elements: 40, tolerance: 2e-3 }
    }
}

/// Whether the backward pass of a layer or network fits its forward pass, at an input drawn from the standard normal distribution.
/// (PyTorch: `torch.autograd.gradcheck`.)
///
/// The forward pass is taken as the truth. The layer keeps its parameters. What is checked:
///
/// * the gradients of parameters and input agree with finite differences;
/// * `backward` reads what [`Layer::READS`] and the tape promise and nothing else, stays within [`Layer::MEMORY`], and writes every
///   element (all else is filled with NaN);
/// * the parameters' gradients do not depend on whether `dx` is asked for, and are added to what is there when told so;
/// * a layer that does not train gets no gradient, and those beside it get the same;
/// * `forward` gives what `forward_train` gives outside of training.
///
/// ```
/// use nn_core::layers::{Dense, Gelu};
/// use nn_core::{Layer, check};
///
/// let mut layer = Dense::<[f32; 5], [f32; 4], Gelu>::new();
/// layer.reset(42);
/// check::gradients(&mut layer, &check::Options::default())?;
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Gradient`] with what does not fit.
pub fn gradients<L: Layer>(layer: &mut L, options: &Options) -> Result<()> {
    let mut x = L::In::zeroed(options.samples);
    let mut random = Random::new(options.seed, "input");
    L::In::each_part_mut(L::In::borrow_mut(&mut x), &mut |_, part| part.fill_with(|| random.normal() as f32));
    gradients_at(layer, x, options)
}

/// [`gradients`] at an input of your choice: tokens, or values where the function is defined.
///
/// # Errors
/// [`Error::Gradient`] with what does not fit.
pub fn gradients_at<L: Layer>(layer: &mut L, x: <L::In as Value>::Owned, options: &Options) -> Result<()> {
    let mut bench = Bench::new(layer, x, *options);
    bench.evaluation()?;
    let (all, none) = (L::per_layer(true), L::per_layer(false));
    let trained = bench.run(all, true, Start::Nan);
    bench.compare_parameters(&trained, all)?;
    bench.compare_input(&trained, all)?;

    let without_dx = bench.run(all, false, Start::Nan);
    bench.same_gradients(&trained, &without_dx, 0.0, "when dx is not asked for")?;
    let mut added = bench.run(all, true, Start::One);
    added.parameters.iter_mut().flat_map(|(_, values)| values).for_each(|value| *value -= 1.0);
    // 1 is added and taken off again, which rounds.
    bench.same_gradients(&trained, &added, 1e-6, "when gradients are added to what is there")?;

    let frozen = bench.run(none, true, Start::Nan);
    bench.compare_input(&frozen, none)?;
    let mut layers = 0;
    L::map_layers(all, &Path::ROOT, &mut |_, _| layers += 1);
    for one in 0..layers {
        let mut index = 0;
        let flags = L::map_layers(all, &Path::ROOT, &mut |_, _| {
            index += 1;
            index - 1 == one
        });
        for dx in [true, false] {
            bench.untouched(flags, dx)?;
        }
    }
    bench.untouched(none, true)?;
    bench.untouched(none, false)
}

/// Whether a layer gives the same bits with 1, 2, 3 and 8 threads: output, gradients and input gradient, for a batch of
/// `samples`.
///
/// # Errors
/// [`Error::Gradient`] with what differs.
pub fn threads<L: Layer>(layer: &mut L, samples: usize) -> Result<()> {
    let options = Options { samples, ..Options::default() };
    let mut x = L::In::zeroed(samples);
    let mut random = Random::new(options.seed, "input");
    L::In::each_part_mut(L::In::borrow_mut(&mut x), &mut |_, part| part.fill_with(|| random.normal() as f32));
    let mut bench = Bench::new(layer, x, options);
    let serial = bench.run(L::per_layer(true), true, Start::Nan);
    for count in [2, 3, 8] {
        bench.team = Team::new(count);
        let parallel = bench.run(L::per_layer(true), true, Start::Nan);
        let what = format!("with {count} threads");
        for (a, b, name) in [(&serial.y, &parallel.y, "output"), (&serial.dx, &parallel.dx, "input gradient")] {
            if bits(a).ne(bits(b)) {
                return Err(bench.wrong(format!("the {name} has other bits {what} than with 1")));
            }
        }
        bench.same_gradients(&serial, &parallel, 0.0, &what)?;
    }
    Ok(())
}

fn bits(parts: &[(String, Vec<f32>)]) -> impl Iterator<Item = u32> + '_ {
    parts.iter().flat_map(|(_, values)| values.iter().map(|value| value.to_bits()))
}

/// What gradients hold before `backward`.
#[derive(Clone, Copy, PartialEq)]
enum Start {
    Nan,
    One,
}

/// What a run has given: parts by name, elements as they lie inside.
struct Outcome {
    y: Vec<(String, Vec<f32>)>,
    parameters: Vec<(String, Vec<f32>)>,
    dx: Vec<(String, Vec<f32>)>,
}

/// A layer, its input, and what it needs to run.
struct Bench<'l, L: Layer> {
    layer: &'l mut L,
    options: Options,
    team: Team,
    x: <L::In as Value>::Owned,
    y: <L::Out as Value>::Owned,
    /// dy: the derivative of the number that finite differences look at.
    weights: Vec<f32>,
    /// Σ |y · weights| of the last pass: how large the terms are whose rounding finite differences see.
    size: f64,
    tape: Buffer,
    scratch: Buffer,
}

impl<'l, L: Layer> Bench<'l, L> {
    fn new(layer: &'l mut L, x: <L::In as Value>::Owned, options: Options) -> Self {
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
        }
    }

    fn wrong(&self, problem: String) -> Error {
        Error::Gradient { layer: L::KIND, problem }
    }

    /// Runs `forward_train` and gives Σ y · weights.
    fn number(&mut self, flags: L::PerLayer<bool>) -> f64 {
        self.tape.fill(f32::NAN);
        self.scratch.fill(f32::NAN);
        fill::<L::Out>(L::Out::borrow_mut(&mut self.y), f32::NAN);
        let Options { seed, training, .. } = self.options;
        let cx = Context::new(&self.team, seed, 0, training, &mut self.scratch);
        let (x, y) = (L::In::borrow(&self.x), L::Out::borrow_mut(&mut self.y));
        self.layer.forward_train(x, y, crate::Arena::new(&mut self.tape), flags, cx);
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
    fn run(&mut self, flags: L::PerLayer<bool>, dx: bool, start: Start) -> Outcome {
        self.number(flags);
        let y = parts::<L::Out>(L::Out::borrow(&self.y));
        let n = self.options.samples;
        let (mut unread_x, mut unread_y) = (self.x.clone(), self.y.clone());
        fill::<L::In>(L::In::borrow_mut(&mut unread_x), f32::NAN);
        fill::<L::Out>(L::Out::borrow_mut(&mut unread_y), f32::NAN);
        let saved = Saved {
            x: L::In::borrow(if L::READS.x { &self.x } else { &unread_x }),
            y: L::Out::borrow(if L::READS.y { &self.y } else { &unread_y }),
            tape: crate::Tape::new(&self.tape),
        };
        let mut dy = L::Out::zeroed(n);
        let mut weights = self.weights.iter();
        L::Out::each_part_mut(L::Out::borrow_mut(&mut dy), &mut |_, part| {
            part.iter_mut().zip(&mut weights).for_each(|(dy, &w)| *dy = w);
        });
        let mut grads = self.layer.grads();
        let value = if start == Start::Nan { f32::NAN } else { 1.0 };
        L::gradients(&mut grads, &Path::ROOT, &mut |_, tensor| tensor.values_mut().fill(value));
        let mut input_gradient = L::In::zeroed(n);
        fill::<L::In>(L::In::borrow_mut(&mut input_gradient), f32::NAN);
        self.scratch.fill(f32::NAN);
        let Options { seed, training, .. } = self.options;
        let mut cx = Context::new(&self.team, seed, 0, training, &mut self.scratch);
        cx.accumulate = start == Start::One;
        let to = dx.then(|| L::In::borrow_mut(&mut input_gradient));
        self.layer.backward(saved, L::Out::borrow_mut(&mut dy), &mut grads, flags, to, cx);
        let mut parameters = Vec::new();
        L::gradients(&mut grads, &Path::ROOT, &mut |path, tensor| {
            parameters.push((path.to_string(), tensor.values().to_vec()));
        });
        Outcome { y, parameters, dx: parts::<L::In>(L::In::borrow(&input_gradient)) }
    }

    /// `forward` against `forward_train` outside of training.
    fn evaluation(&mut self) -> Result<()> {
        let training = core::mem::replace(&mut self.options.training, false);
        self.number(L::per_layer(true));
        self.options.training = training;
        let expected = parts::<L::Out>(L::Out::borrow(&self.y));
        let mut scratch = Buffer::zeroed(L::MEMORY.forward.floats(self.options.samples));
        scratch.fill(f32::NAN);
        fill::<L::Out>(L::Out::borrow_mut(&mut self.y), f32::NAN);
        let cx = Context::new(&self.team, self.options.seed, 0, false, &mut scratch);
        self.layer.forward(L::In::borrow(&self.x), L::Out::borrow_mut(&mut self.y), cx);
        let found = parts::<L::Out>(L::Out::borrow(&self.y));
        for ((_, a), (_, b)) in expected.iter().zip(&found) {
            let scale = largest(a);
            if let Some(at) = (0..a.len()).find(|&i| !close(a[i], b[i], 1e-5 * scale)) {
                let problem =
                    format!("in evaluation, forward gives {} and forward_train {} (element {at})", b[at], a[at]);
                return Err(self.wrong(problem));
            }
        }
        Ok(())
    }

    fn compare_parameters(&mut self, outcome: &Outcome, flags: L::PerLayer<bool>) -> Result<()> {
        for (name, gradient) in &outcome.parameters {
            self.compare(&format!("`{name}`"), gradient, flags, &mut |bench, at, by| {
                let mut old = 0.0;
                bench.layer.tensors_mut(&Path::ROOT, &mut |path, _, tensor| {
                    if path.to_string() == *name {
                        old = core::mem::replace(&mut tensor.values_mut()[at], by);
                    }
                });
                old
            })?;
        }
        Ok(())
    }

    fn compare_input(&mut self, outcome: &Outcome, flags: L::PerLayer<bool>) -> Result<()> {
        for (name, gradient) in &outcome.dx {
            let what = if name.is_empty() { "the input".to_owned() } else { format!("input `{name}`") };
            self.compare(&what, gradient, flags, &mut |bench, at, by| {
                let mut old = 0.0;
                L::In::each_part_mut(L::In::borrow_mut(&mut bench.x), &mut |part, values| {
                    if part == name {
                        old = core::mem::replace(&mut values[at], by);
                    }
                });
                old
            })?;
        }
        Ok(())
    }

    /// One gradient against finite differences. `replace(bench, at, value)` sets an element and gives what it was.
    fn compare(
        &mut self,
        what: &str,
        gradient: &[f32],
        flags: L::PerLayer<bool>,
        replace: &mut dyn FnMut(&mut Self, usize, f32) -> f32,
    ) -> Result<()> {
        if let Some(at) = gradient.iter().position(|value| !value.is_finite()) {
            return Err(self.wrong(format!(
                "the gradient of {what} is {} at element {at}: backward does not write it, or reads what READS and the tape do not promise",
                gradient[at]
            )));
        }
        let tolerance = self.options.tolerance * largest(gradient);
        // What rounding can make of a difference over a step.
        let noise = 4.0 * f64::from(f32::EPSILON) * self.size;
        let looked_at = elements(gradient.len(), self.options.elements, self.options.seed);
        let mut unknown = 0;
        for &at in &looked_at {
            // The larger the step the less rounding matters; the smaller, the more corners it avoids.
            let slope = [1.0 / 64.0, 1.0 / 512.0].into_iter().find_map(|step| {
                let mut at_offset = |steps: f32| {
                    let old = replace(self, at, 0.0);
                    let value = old + steps * step;
                    replace(self, at, value);
                    let number = self.number(flags);
                    replace(self, at, old);
                    // What was really added, after rounding.
                    (f64::from(value - old), number)
                };
                let allowed = tolerance.max(noise / f64::from(step));
                Some((slope(&mut at_offset, allowed)?, allowed))
            });
            match slope {
                None => unknown += 1,
                Some((slope, allowed)) if (f64::from(gradient[at]) - slope).abs() > allowed => {
                    return Err(self.wrong(format!(
                        "the gradient of {what} is {} at element {at}, but finite differences give {slope:.6}",
                        gradient[at]
                    )));
                }
                Some(_) => {}
            }
        }
        if 2 * unknown > looked_at.len() {
            return Err(self.wrong(format!(
                "finite differences say nothing about the gradient of {what}: the function has corners near {unknown} of {} elements (another seed may avoid them)",
                looked_at.len()
            )));
        }
        Ok(())
    }

    fn same_gradients(&self, expected: &Outcome, found: &Outcome, tolerance: f64, when: &str) -> Result<()> {
        for ((name, a), (_, b)) in expected.parameters.iter().zip(&found.parameters) {
            let allowed = tolerance * largest(a).max(1.0);
            if let Some(at) = (0..a.len()).find(|&i| a[i].to_bits() != b[i].to_bits() && !close(a[i], b[i], allowed)) {
                return Err(
                    self.wrong(format!("the gradient of `{name}` is {} at element {at}, but {} {when}", a[at], b[at]))
                );
            }
        }
        Ok(())
    }

    /// Whether exactly the gradients of the layers that train are written.
    fn untouched(&mut self, flags: L::PerLayer<bool>, dx: bool) -> Result<()> {
        let mut outcome = self.run(flags, dx, Start::Nan).parameters.into_iter();
        let mut grads = self.layer.grads();
        let mut wrong = None;
        self.layer.pairs(&mut grads, flags, &Path::ROOT, &mut |path, _, _, trains| {
            let Some((_, gradient)) = outcome.next() else { return };
            if trains && gradient.iter().any(|value| value.is_nan()) {
                wrong = Some(format!("`{path}` trains alone and its gradient is not written"));
            }
            if !trains && gradient.iter().any(|value| !value.is_nan()) {
                wrong = Some(format!("`{path}` does not train, but backward writes its gradient"));
            }
        });
        wrong.map_or(Ok(()), |problem| Err(self.wrong(problem)))
    }
}

/// The slope of a function at 0, given its values at multiples of a step (with the exact place); `None` if it has a corner nearby
/// or is too steep for the step.
fn slope(at: &mut dyn FnMut(f32) -> (f64, f64), allowed: f64) -> Option<f64> {
    let (_, middle) = at(0.0);
    let [one, two, four] = [1.0, 2.0, 4.0].map(|steps| {
        let ((right, above), (left, below)) = (at(steps), at(-steps));
        let bend = (above - middle) / right - (below - middle) / left;
        ((above - below) / (right - left), bend)
    });
    // Two secants whose errors in the square of the step cancel, twice.
    let (fine, coarse) = ((4.0 * one.0 - two.0) / 3.0, (4.0 * two.0 - four.0) / 3.0);
    // The bend of a smooth function is in proportion to the step; that of a corner is not.
    let corner = (one.1 - two.1 / 2.0).abs();
    ((coarse - fine).abs() <= allowed / 2.0 && corner <= allowed / 2.0).then_some(fine)
}

fn fill<V: Value>(batch: Mut<'_, V>, value: f32) {
    V::each_part_mut(batch, &mut |_, part| part.fill(value));
}

fn parts<V: Value>(batch: Ref<'_, V>) -> Vec<(String, Vec<f32>)> {
    let mut parts = Vec::new();
    V::each_part(batch, &mut |name, values| parts.push((name.to_owned(), values.to_vec())));
    parts
}

fn largest(values: &[f32]) -> f64 {
    values.iter().fold(0.0, |most, value| most.max(f64::from(value.abs())))
}

fn close(a: f32, b: f32, allowed: f64) -> bool {
    (f64::from(a) - f64::from(b)).abs() <= allowed
}

/// At most `most` different indices below `len`.
fn elements(len: usize, most: usize, seed: u64) -> Vec<usize> {
    let mut all: Vec<usize> = (0..len).collect();
    if len > most {
        Random::new(seed, "elements").shuffle(&mut all);
        all.truncate(most);
    }
    all
}
