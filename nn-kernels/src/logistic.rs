//! What a loss on yes or no needs of each score.

use crate::lanes::{Elementwise, Floats, Lanes, sweep_in};
use crate::math::{exp, ln_1p};
use crate::path::Isa;

#[derive(Clone, Copy)]
struct Logistic;

impl Elementwise<2, 1> for Logistic {
    #[inline(always)]
    fn update<S: Lanes>(self, _: [Floats<S>; 2], [x]: [Floats<S>; 1]) -> [Floats<S>; 2] {
        let e = exp(-x.abs());
        [ln_1p(e), e / (e + 1.0)]
    }
}

/// `log = ln(1 + e)` and `small = e / (1 + e)` with `e = exp(−|x|)`, element by element.
///
/// From these follow `ln(1 + exp(x)) = max(x, 0) + log`, and the sigmoids of x and −x, of which `small` is the smaller; so neither
/// overflows nor loses its digits.
///
/// # Panics
///
/// When the lengths differ.
///
/// ```
/// use nn_kernels::logistic;
///
/// let (mut log, mut small) = ([0.0; 3], [0.0; 3]);
/// logistic(&[0.0, 1e4, -1e4], &mut log, &mut small);
/// assert!((log[0] - 2.0_f32.ln()).abs() < 1e-6);
/// assert_eq!((small, log[1], log[2]), ([0.5, 0.0, 0.0], 0.0, 0.0));
/// ```
pub fn logistic(x: &[f32], log: &mut [f32], small: &mut [f32]) {
    assert!(log.len() == x.len() && small.len() == x.len(), "logistic: {} scores and other lengths", x.len());
    sweep_in(Isa::current(), [log, small], [x], Logistic);
}

#[cfg(test)]
mod tests {
    use super::logistic;
    use crate::{Path, with_path};

    #[test]
    fn as_in_f64_on_every_path() {
        let x: Vec<f32> = (-2000..=2000).map(|i| i as f32 * 0.0417).collect();
        for path in Path::ALL {
            let [mut log, mut small] = [0; 2].map(|_| vec![f32::NAN; x.len()]);
            if with_path(path, || logistic(&x, &mut log, &mut small)).is_err() {
                println!("path {path} could not run here");
                continue;
            }
            for ((&x, &log), &small) in x.iter().zip(&log).zip(&small) {
                let e = (-f64::from(x).abs()).exp();
                let close = |found: f32, expected: f64| (f64::from(found) - expected).abs() <= 1e-6 * expected;
                assert!(close(log, e.ln_1p()) && close(small, e / (1.0 + e)), "{x}: {log} {small} on {path}");
            }
            let (mut log, mut small) = ([0.0], [0.0]);
            with_path(path, || logistic(&[f32::NAN], &mut log, &mut small)).unwrap();
            assert!(log[0].is_nan() && small[0].is_nan());
        }
    }
}
