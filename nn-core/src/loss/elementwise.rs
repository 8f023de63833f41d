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
    let mut sum = 0.0;
    for i in 0..n {
        let range = i * P::LEN..(i + 1) * P::LEN;
        let (x, t) = (&prediction[range.clone()], &target[range.clone()]);
        let weight = weights.map_or(1.0, |s| f64::from(s[i]));
        // What weighs nothing may be anything; 0 · NaN is not 0.
        if weight == 0.0 {
            gradient.iter_mut().for_each(|gradient| gradient[range.clone()].fill(0.0));
            continue;
        }
        let mut inner = Lanes::default();
        match &mut gradient {
            Some(gradient) => {
                let scale = (weight / total) as f32;
                for (j, ((&x, &t), g)) in x.iter().zip(t).zip(&mut gradient[range]).enumerate() {
                    let (value, slope) = f(j, x, t);
                    inner.add(j, value);
                    *g = slope * scale;
                }
            }
            None => x.iter().zip(t).enumerate().for_each(|(j, (&x, &t))| inner.add(j, f(j, x, t).0)),
        }
        sum += weight * inner.sum();
    }
    sum / total
}

/// A sum in `f64` with a fixed order and no long chain of dependent additions.
#[derive(Default)]
struct Lanes([f64; 8]);

impl Lanes {
    fn add(&mut self, index: usize, value: f32) {
        self.0[index % 8] += f64::from(value);
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
