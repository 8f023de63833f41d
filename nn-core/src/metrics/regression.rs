//! How far values are off.

use super::{Better, Measure, Metric, Running, weight};
use crate::loss::{Numbers, Targets};

macro_rules! error {
    ($(#[$doc:meta])* $metric:ident, $name:literal, |$d:ident| $of:expr, |$mean:ident| $value:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub struct $metric {
            mean: Running,
        }

        #[doc = concat!("[`", stringify!($metric), "`](struct@", stringify!($metric), ") of no samples yet.")]
        #[expect(non_upper_case_globals, reason = "reads like a unit struct: `trainer.metric(Mae)`")]
        pub const $metric: $metric = $metric { mean: Running::EMPTY };

        impl Measure for $metric {
            fn name(&self) -> String {
                $name.into()
            }
            fn reset(&mut self) {
                self.mean = Running::EMPTY;
            }
            fn value(&self) -> f64 {
                let $mean = self.mean.value();
                $value
            }
            fn state(&self) -> Vec<f64> {
                self.mean.state()
            }
            fn restore(&mut self, state: &[f64]) {
                self.mean.restore(state);
            }
            fn better(&self) -> Better {
                Better::Lower
            }
        }

        impl<P: Numbers, T: Targets<P>> Metric<P, T> for $metric {
            fn update(&mut self, prediction: &[P], target: &[T], weights: Option<&[f32]>) {
                elements(prediction, target, weights, |_, x, t, weight| {
                    let $d = x - t;
                    self.mean.add($of, weight);
                });
            }
        }
    };
}

error! {
    /// Mean absolute error: the mean of `|x − t|` over all elements.
    ///
    /// ```
    /// use nn_core::metrics::{self, Mae};
    /// assert_eq!(metrics::measure(Mae, &[[1.0], [2.0]], &[1.0, 4.0]), 1.0);
    /// ```
    Mae, "mae", |d| d.abs(), |mean| mean
}

error! {
    /// Mean squared error: the mean of `(x − t)²` over all elements.
    ///
    /// ```
    /// use nn_core::metrics::{self, Mse};
    /// assert_eq!(metrics::measure(Mse, &[[1.0], [2.0]], &[1.0, 4.0]), 2.0);
    /// ```
    Mse, "mse", |d| d * d, |mean| mean
}

error! {
    /// Root mean squared error, in the unit of the labels: the root of the mean of `(x − t)²` over all elements of all batches.
    ///
    /// ```
    /// use nn_core::metrics::{self, Rmse};
    /// assert_eq!(metrics::measure(Rmse, &[[1.0], [2.0]], &[4.0, 5.0]), 3.0);
    /// ```
    Rmse, "rmse", |d| d * d, |mean| mean.sqrt()
}

/// Calls `each` with the index of an element in its sample, prediction, label and weight.
fn elements<P: Numbers, T: Targets<P>>(
    prediction: &[P],
    target: &[T],
    weights: Option<&[f32]>,
    mut each: impl FnMut(usize, f64, f64, f64),
) {
    let target = T::flat(target);
    for (i, &x) in P::flat(prediction).iter().enumerate() {
        each(i % P::LEN, f64::from(x), f64::from(target[i]), weight(weights, i / P::LEN));
    }
}

/// The coefficient of determination: `1 − Σ (x − t)² / Σ (t − mean t)²`, 1 for all right, 0 for no better than the mean. Over
/// several elements it is the mean of theirs (scikit-learn's `r2_score`).
///
/// Where all labels of an element are equal, it is 1 if all predictions are right, else 0. NaN for fewer than two samples.
///
/// ```
/// use nn_core::metrics::{self, R2};
/// assert_eq!(metrics::measure(R2, &[[1.0], [2.0], [3.0], [4.0]], &[1.0, 2.0, 3.0, 6.0]), 1.0 - 4.0 / 14.0);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct R2 {
    elements: Vec<Spread>,
}

/// [`R2`](struct@R2) of no samples yet.
pub const R2: R2 = R2 { elements: Vec::new() };

/// The labels of one element: number, weight, mean and squared distance from it (Welford, 1962; West, 1979); and what is left after the
/// prediction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Spread {
    count: u64,
    weight: f64,
    mean: f64,
    spread: f64,
    left: f64,
}

impl Spread {
    fn add(&mut self, x: f64, t: f64, weight: f64) {
        if weight == 0.0 {
            return;
        }
        self.count += 1;
        self.weight += weight;
        let before = t - self.mean;
        self.mean += before * weight / self.weight;
        self.spread += weight * before * (t - self.mean);
        self.left += weight * (x - t).powi(2);
    }

    fn value(&self) -> f64 {
        match (self.left, self.spread) {
            _ if self.count < 2 => f64::NAN,
            (0.0, 0.0) => 1.0,
            (_, 0.0) => 0.0,
            (left, spread) => 1.0 - left / spread,
        }
    }
}

impl Measure for R2 {
    fn name(&self) -> String {
        "r2".into()
    }
    fn reset(&mut self) {
        self.elements.fill(Spread::default());
    }
    fn value(&self) -> f64 {
        self.elements.iter().map(Spread::value).sum::<f64>() / self.elements.len() as f64
    }
    fn state(&self) -> Vec<f64> {
        self.elements.iter().flat_map(|s| [s.count as f64, s.weight, s.mean, s.spread, s.left]).collect()
    }
    fn restore(&mut self, state: &[f64]) {
        let each = |&[count, weight, mean, spread, left]: &[f64; 5]| Spread {
            count: count as u64,
            weight,
            mean,
            spread,
            left,
        };
        self.elements = state.as_chunks().0.iter().map(each).collect();
    }
    fn better(&self) -> Better {
        Better::Higher
    }
}

impl<P: Numbers, T: Targets<P>> Metric<P, T> for R2 {
    fn update(&mut self, prediction: &[P], target: &[T], weights: Option<&[f32]>) {
        self.elements.resize(P::LEN, Spread::default());
        elements(prediction, target, weights, |j, x, t, weight| self.elements[j].add(x, t, weight));
    }
}
