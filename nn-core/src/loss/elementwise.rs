//! Losses that compare element by element.

use super::Numbers;
use crate::{Error, Result, Sample};

/// The mean of `f` over all elements: `Σ sᵢ Σⱼ f(xᵢⱼ, tᵢⱼ) / (N Σ sᵢ)` with `N` elements in a sample.
///
/// `f` is given the index of the element within its sample, the prediction and the label, and gives the value and its derivative
/// with respect to the prediction. `T` is whatever a label of one element is.
///
/// # Panics
/// If the numbers of samples differ.
pub fn elementwise<P: Numbers, T: Copy>(
    prediction: &[P],
    target: &[T],
    weights: Option<&[f32]>,
    gradient: Option<&mut [P]>,
    f: impl Fn(usize, f32, T) -> (f32, f32),
) -> f64 {
    by_blocks(prediction, target, weights, gradient, |start, x, target, values, slopes| {
        for (i, ((&x, &t), (value, slope))) in x.iter().zip(target).zip(values.iter_mut().zip(slopes)).enumerate() {
            (*value, *slope) = f(start + i, x, t);
        }
    })
}

/// Elements that [`by_blocks`] hands over at once.
pub(super) const BLOCK: usize = 64;

/// [`elementwise`] for a function of up to [`BLOCK`] neighbouring elements of a sample: it is given the index of the first, predictions
/// and labels, and writes values and slopes.
pub(super) fn by_blocks<P: Numbers, T: Copy>(
    prediction: &[P],
    target: &[T],
    weights: Option<&[f32]>,
    gradient: Option<&mut [P]>,
    f: impl Fn(usize, &[f32], &[T], &mut [f32], &mut [f32]),
) -> f64 {
    let n = prediction.len();
    let prediction = P::flat(prediction);
    same_number("elements of labels", target.len(), prediction.len());
    let total = weight_of(n, weights) * P::LEN as f64;
    let mut gradient = gradient.map(P::flat_mut);
    if let Some(gradient) = &gradient {
        same_number("elements of gradient", gradient.len(), prediction.len());
    }
    if total == 0.0 {
        gradient.into_iter().for_each(|gradient| gradient.fill(0.0));
        return 0.0;
    }
    let (mut sum, mut values, mut slopes) = (0.0, [0.0; BLOCK], [0.0; BLOCK]);
    for i in 0..n {
        let weight = weights.map_or(1.0, |s| f64::from(s[i]));
        // What weighs nothing may be anything; 0 · NaN is not 0.
        if weight == 0.0 {
            gradient.iter_mut().for_each(|gradient| gradient[i * P::LEN..(i + 1) * P::LEN].fill(0.0));
            continue;
        }
        let scale = (weight / total) as f32;
        let mut inner = Lanes::default();
        for start in (0..P::LEN).step_by(BLOCK) {
            let len = BLOCK.min(P::LEN - start);
            let range = i * P::LEN + start..i * P::LEN + start + len;
            let (values, slopes) = (&mut values[..len], &mut slopes[..len]);
            f(start, &prediction[range.clone()], &target[range.clone()], values, slopes);
            inner.add(values);
            if let Some(gradient) = &mut gradient {
                gradient[range].iter_mut().zip(slopes).for_each(|(g, slope)| *g = *slope * scale);
            }
        }
        sum += weight * inner.sum();
    }
    sum / total
}

/// A sum in `f64` with a fixed order and no long chain of dependent additions.
#[derive(Default)]
struct Lanes([f64; 8]);

impl Lanes {
    fn add(&mut self, values: &[f32]) {
        for values in values.chunks(self.0.len()) {
            self.0.iter_mut().zip(values).for_each(|(sum, &value)| *sum += f64::from(value));
        }
    }
    fn sum(self) -> f64 {
        self.0.into_iter().sum()
    }
}

/// The sum of the sample weights.
pub(super) fn weight_of(n: usize, weights: Option<&[f32]>) -> f64 {
    let Some(weights) = weights else { return n as f64 };
    same_number("weights", weights.len(), n);
    weights.iter().map(|&w| f64::from(w)).sum()
}

/// A mistake of the caller, not of the data.
#[track_caller]
pub(super) fn same_number(what: &str, found: usize, expected: usize) {
    assert!(found == expected, "{found} {what} for {expected} in the prediction");
}

/// Whether every label is a number that `allowed` takes.
pub(super) fn check_floats<T: Sample>(
    target: &[f32],
    first: usize,
    what: &'static str,
    allowed: impl Fn(f32) -> bool,
    need: &str,
) -> Result<()> {
    match target.iter().position(|&t| !allowed(t)) {
        None => Ok(()),
        Some(i) => {
            let (sample, element) = (first + i / T::LEN, i % T::LEN);
            let place = if T::LEN == 1 { String::new() } else { format!(", element {element}") };
            Err(Error::argument(what, format!("the label of sample {sample}{place} is {}, {need}", target[i])))
        }
    }
}
