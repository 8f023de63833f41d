//! Checks of layers, for the tests of whoever writes one.

mod bench;
mod finite;
mod runs;

use crate::random::Random;
use crate::{Layer, Path, Result, Team, Value};
use bench::{Bench, Start, largest};

/// The smallest value that a gradient is added to.
const SMALLEST: f64 = 0.1;

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
/// * `backward` reads what [`Layer::reads`] and [`Layer::tape`] promise for what learns and nothing else, stays within [`Layer::MEMORY`], and
///   writes every element (all else is filled with NaN, and then is not there);
/// * the parameters' gradients do not depend on whether `dx` is asked for, and are added to what is there when told so: to zeros with the
///   same bits;
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
/// [`Error::Gradient`](crate::Error::Gradient) with what does not fit.
pub fn gradients<L: Layer>(layer: &mut L, options: &Options) -> Result<()> {
    let mut x = L::In::zeroed(options.samples);
    let mut random = Random::new(options.seed, "input");
    L::In::each_part_mut(L::In::borrow_mut(&mut x), &mut |_, part| part.fill_with(|| random.normal() as f32));
    gradients_at(layer, x, options)
}

/// [`gradients`] at an input of your choice: tokens, or values where the function is defined.
///
/// # Errors
/// [`Error::Gradient`](crate::Error::Gradient) with what does not fit.
pub fn gradients_at<L: Layer>(layer: &mut L, x: <L::In as Value>::Owned, options: &Options) -> Result<()> {
    let mut bench = Bench::new(layer, x, *options);
    bench.evaluation()?;
    let (all, none) = (L::per_layer(true), L::per_layer(false));
    let trained = bench.run(all, true, Start::Nan);
    bench.compare_parameters(&trained, all)?;
    bench.compare_input(&trained, all)?;

    let without_dx = bench.run(all, false, Start::Nan);
    bench.same_gradients(&trained, &without_dx, 0.0, "when dx is not asked for")?;
    // Where zeros are there nothing rounds otherwise. How sums round onto something else depends on the size of their terms, which nobody knows here:
    // before a batch normalisation, large ones add up to next to nothing.
    let zeros = vec![0.0; trained.parameters.len()];
    let onto_zeros = bench.run(all, true, Start::At(&zeros));
    bench.same_gradients(&trained, &onto_zeros, 0.0, "when it is added to zeros")?;
    // What is there has the size of the gradient, and is never so small that it would not be missed.
    let there: Vec<f32> = trained.parameters.iter().map(|(_, values)| largest(values).max(SMALLEST) as f32).collect();
    let mut added = bench.run(all, true, Start::At(&there));
    for ((_, values), there) in added.parameters.iter_mut().zip(&there) {
        values.iter_mut().for_each(|value| *value -= there);
    }
    bench.same_gradients(&trained, &added, options.tolerance, "when gradients are added to what is there")?;

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
    bench.untouched(none, false)?;

    bench.absent = true;
    for (flags, expected) in [(all, &trained), (none, &frozen)] {
        let found = bench.run(flags, true, Start::Nan);
        bench.same_gradients(expected, &found, 0.0, "where what backward does not look at is not there")?;
        bench.same_input_gradient(expected, &found)?;
    }
    Ok(())
}

/// Whether a layer gives the same bits with 1, 2, 3 and 8 threads: output, gradients and input gradient, for a batch of
/// `samples`.
///
/// # Errors
/// [`Error::Gradient`](crate::Error::Gradient) with what differs.
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
