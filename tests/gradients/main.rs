//! Gradients of whole networks: against finite differences of the loss, to the input, added up over batches.

mod networks;

use networks::*;
use nn::check::{self, Options};
use nn::loss::CrossEntropy;
use nn::random::Random;
use nn::{Batch, Layer, Parameters, Path, Sample, Workspace};

/// Seeds, sizes of the batch, training and evaluation.
fn checked<N: Layer + Default>() {
    let mut net = N::default();
    for (seed, samples, training) in [(1, 3, true), (2, 1, true), (3, 19, true), (4, 5, false)] {
        net.reset(seed);
        // Away from the initial values, which are often 0 or 1.
        let mut random = Random::new(seed, "moved");
        net.tensors_mut(&Path::ROOT, &mut |path, _, tensor| {
            if !path.to_string().ends_with("running_var") {
                tensor.values_mut().iter_mut().for_each(|value| *value += 0.1 * random.normal() as f32);
            }
        });
        let options = Options { samples, seed, training, elements: 4, ..Options::default() };
        check::gradients(&mut net, &options)
            .unwrap_or_else(|error| panic!("seed {seed}, {samples} samples, training {training}: {error}"));
    }
}

#[test]
fn every_activation() {
    checked::<Activations>();
}

#[test]
fn networks_wired_at_random() {
    checked::<WovenOne>();
    checked::<WovenTwo>();
    checked::<WovenThree>();
}

#[test]
fn networks_with_adapters() {
    checked::<Adapted>();
}

#[test]
fn networks_in_networks() {
    checked::<Deep>();
    checked::<Shared>();
    checked::<Positions>();
    checked::<Patient>();
}

/// The bias has no gradient but what rounding leaves of a sum of many.
#[test]
fn a_convolution_before_a_batch_norm_passes_with_every_seed() {
    for (samples, seeds) in [(3, 1..=12), (64, 1..=2)] {
        for seed in seeds {
            let options = Options { samples, seed, elements: 2, ..Options::default() };
            check::gradients(&mut Normed::seeded(seed), &options)
                .unwrap_or_else(|error| panic!("seed {seed}, {samples} samples: {error}"));
        }
    }
}

const SAMPLES: usize = 48;

/// Standard normal samples, and a class for each.
fn data<S: Sample<Element = f32>>(classes: usize) -> (Batch<S>, Batch<u32>) {
    let mut random = Random::new(5, "data");
    let mut x = Batch::<S>::zeroed(SAMPLES);
    x.flat_mut().fill_with(|| random.normal() as f32);
    (x, (0..SAMPLES).map(|_| random.below(classes) as u32).collect())
}

/// The norm of a gradient is the slope of the loss along it.
#[track_caller]
fn same_slope(what: &str, gradient: &[f32], mut loss_at: impl FnMut(&[f32]) -> f64) {
    let norm = gradient.iter().map(|&g| f64::from(g).powi(2)).sum::<f64>().sqrt();
    assert!(norm > 1e-6, "the gradient of {what} is nothing");
    let mut secant = |step: f64| {
        let mut offset = |step: f64| {
            let offset: Vec<f32> = gradient.iter().map(|&g| (f64::from(g) / norm * step) as f32).collect();
            loss_at(&offset)
        };
        (offset(step) - offset(-step)) / (2.0 * step)
    };
    // Two secants whose errors in the square of the step cancel.
    let step = 1.0 / 128.0;
    let slope = (4.0 * secant(step) - secant(2.0 * step)) / 3.0;
    // Rounding of a loss of about 2 over a step, and third derivatives.
    let allowed = 2e-3 * norm + 1e-4;
    assert!(
        (slope - norm).abs() <= allowed,
        "the loss changes by {slope} along the gradient of {what}, whose norm is {norm}"
    );
}

/// Every tensor and the input, by way of a loss, in training.
fn slopes<N, S, const C: usize>(mut net: N)
where
    N: Layer<In = S, Out = [f32; C], Gives = nn::Scores>,
    S: Sample<Element = f32>,
{
    let (mut x, labels) = data::<S>(C);
    let (mut workspace, mut gradients) = (Workspace::new(SAMPLES), net.grads());
    let mut dx = Batch::<S>::zeroed(SAMPLES);
    let mut loss = |net: &N, x: &Batch<S>, gradients: Option<(&mut N::Grads, &mut Batch<S>)>| {
        workspace.set_step(0); // dropout drops the same
        let scored = workspace.forward_train(net, x).loss(&CrossEntropy, &labels);
        let value = scored.value();
        if let Some((gradients, dx)) = gradients {
            scored.backward_to_input(gradients, dx);
        }
        value
    };
    loss(&net, &x, Some((&mut gradients, &mut dx)));

    let mut found = Vec::new();
    N::gradients(&mut gradients, &Path::ROOT, &mut |path, tensor| {
        found.push((path.to_string(), tensor.values().to_vec()))
    });
    assert!(!found.is_empty());
    for (name, gradient) in &found {
        let start = values(&net, name);
        same_slope(&format!("`{name}`"), gradient, |offset| {
            set(&mut net, name, start.iter().zip(offset).map(|(value, offset)| value + offset));
            loss(&net, &x, None)
        });
        set(&mut net, name, start.into_iter());
    }
    let start = x.flat().to_vec();
    same_slope("the input", dx.flat(), |offset| {
        x.flat_mut().iter_mut().zip(&start).zip(offset).for_each(|((x, start), offset)| *x = start + offset);
        loss(&net, &x, None)
    });
}

/// The elements of the tensor of that name, as they lie inside.
fn values<N: Layer>(net: &N, name: &str) -> Vec<f32> {
    let mut found = Vec::new();
    net.tensors(&Path::ROOT, &mut |path, _, tensor| {
        if path.to_string() == name {
            found = tensor.values().to_vec();
        }
    });
    found
}

fn set<N: Layer>(net: &mut N, name: &str, values: impl Iterator<Item = f32> + Clone) {
    net.tensors_mut(&Path::ROOT, &mut |path, _, tensor| {
        if path.to_string() == name {
            tensor.values_mut().iter_mut().zip(values.clone()).for_each(|(to, value)| *to = value);
        }
    });
}

#[test]
fn the_loss_falls_as_its_gradient_says() {
    slopes(Activations::seeded(1));
    slopes(WovenOne::seeded(2));
    slopes(WovenTwo::seeded(3));
    slopes(WovenThree::seeded(4));
    slopes(Deep::seeded(5));
    slopes(Shared::seeded(6));
    slopes(Positions::seeded(7));
}

fn flat<N: Layer>(gradients: &mut N::Grads) -> Vec<f32> {
    let mut all = Vec::new();
    N::gradients(gradients, &Path::ROOT, &mut |_, tensor| all.extend_from_slice(tensor.values()));
    all
}

fn assert_close(found: &[f32], expected: &[f32]) {
    let largest = expected.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
    assert!(largest > 0.0 && found.len() == expected.len());
    let off = found.iter().zip(expected).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
    assert!(off <= 1e-5 * largest, "off by {off:e}, the largest is {largest:e}");
}

#[test]
fn gradients_of_parts_add_up_to_that_of_the_whole() {
    let net = Shared::seeded(1);
    let (x, labels) = data::<[f32; 16]>(4);
    let (mut workspace, mut gradients) = (Workspace::new(SAMPLES), net.grads());
    workspace.forward_train(&net, &x).loss(&CrossEntropy, &labels).backward(&mut gradients);
    let whole = flat::<Shared>(&mut gradients);

    // Thirds, each of which has a mean of its own.
    let part = SAMPLES / 3;
    for third in 0..3 {
        let rows = third * part..(third + 1) * part;
        let scored = workspace.forward_train(&net, &x[rows.clone()]).loss(&CrossEntropy, &labels[rows]);
        if third == 0 { scored.backward(&mut gradients) } else { scored.accumulate(&mut gradients) }
    }
    let sum: Vec<f32> = flat::<Shared>(&mut gradients).iter().map(|g| g / 3.0).collect();
    assert_close(&sum, &whole);
}

#[test]
fn the_gradient_of_the_input_comes_alone_or_beside_the_others() {
    let net = Deep::seeded(1);
    let (x, labels) = data::<[[f32; 8]; 6]>(10);
    let mut workspace = Workspace::new(SAMPLES);
    let (mut alone, mut beside) = (net.grads(), net.grads());
    let mut dx = Batch::zeroed(SAMPLES);
    workspace.forward_train(&net, &x).loss(&CrossEntropy, &labels).backward(&mut alone);
    workspace.set_step(0); // dropout drops the same
    workspace.forward_train(&net, &x).loss(&CrossEntropy, &labels).backward_to_input(&mut beside, &mut dx);
    assert_eq!(flat::<Deep>(&mut alone), flat::<Deep>(&mut beside));
    // Through the statistics of the batch, too.
    workspace.set_step(0);
    let asked_for = workspace.forward_train(&net, &x).loss(&CrossEntropy, &labels).input_gradient();
    assert_eq!(asked_for.flat(), dx.flat());

    // Frozen altogether, batch normalisation behaves as in evaluation, so this is another function: that of `inspect`.
    let inspected = workspace.inspect(&net, &x).loss(&CrossEntropy, &labels).input_gradient();
    workspace.set_trainable(Deep::per_layer(false));
    let mut fresh = net.grads();
    let of_evaluation =
        |x: &Batch<[[f32; 8]; 6]>| nn::loss::value(&CrossEntropy, &nn::Network::predict(&net, x), &labels);
    let mut moved = x.clone();
    same_slope("the input in evaluation", inspected.flat(), |offset| {
        moved.flat_mut().iter_mut().zip(x.flat()).zip(offset).for_each(|((to, x), offset)| *to = x + offset);
        of_evaluation(&moved)
    });
    workspace.inspect(&net, &x).loss(&CrossEntropy, &labels).backward_to_input(&mut fresh, &mut dx);
    assert_eq!(dx.flat(), inspected.flat());
    assert!(flat::<Deep>(&mut fresh).iter().all(|&g| g == 0.0), "nothing learns, so there is no gradient");
}
