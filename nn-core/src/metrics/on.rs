//! A metric for one output of several.

use super::{Better, Measure, Metric};
use crate::{Ref, Result, Sample, Value};

/// Picks one part of a value: `|prediction| prediction.class`.
pub type Part<V, S> = for<'a, 'b> fn(&'a Ref<'b, V>) -> &'a [S];

/// A metric for one output of several: which part of the prediction, which part of the labels.
///
/// Values with names have fields (`|p| p.class`), tuples have numbers (`|p| p.0`). The types of prediction and labels have to be known
/// where the closures stand: a trainer knows them, elsewhere they are written as here.
///
/// ```
/// use nn_core::metrics::{Accuracy, Mae, On};
/// use nn_core::{Measure, Metric};
///
/// type Outputs = ([f32; 3], [f32; 1]);
/// type Labels = (u32, f32);
/// let mut class = On::<Outputs, Labels, _, _, _>::new(|p| p.0, |t| t.0, Accuracy).named("class accuracy");
/// let mut price = On::<Outputs, Labels, _, _, _>::new(|p| p.1, |t| t.1, Mae);
/// let (classes, prices) = ([[0.1, 0.7, 0.2]], [[3.0]]);
/// class.update((&classes, &prices), (&[1], &[5.0]), None);
/// price.update((&classes, &prices), (&[1], &[5.0]), None);
/// assert_eq!((class.value(), price.value()), (1.0, 2.0));
/// ```
pub struct On<P: Value, T: Value, Q, U, M> {
    prediction: Part<P, Q>,
    target: Part<T, U>,
    name: Option<String>,
    metric: M,
}

impl<P: Value, T: Value, Q: Sample, U: Sample, M: Metric<Q, U>> On<P, T, Q, U, M> {
    /// A metric on the parts that are picked, called as the metric is.
    pub fn new(prediction: Part<P, Q>, target: Part<T, U>, metric: M) -> Self {
        Self { prediction, target, name: None, metric }
    }

    /// The same with another name.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }
}

impl<P: Value, T: Value, Q, U, M: Measure> Measure for On<P, T, Q, U, M> {
    fn name(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.metric.name())
    }
    fn reset(&mut self) {
        self.metric.reset();
    }
    fn value(&self) -> f64 {
        self.metric.value()
    }
    fn state(&self) -> Vec<f64> {
        self.metric.state()
    }
    fn restore(&mut self, state: &[f64]) {
        self.metric.restore(state);
    }
    fn better(&self) -> Better {
        self.metric.better()
    }
    fn details(&self) -> Option<String> {
        self.metric.details()
    }
}

impl<P: Value, T: Value, Q: Sample, U: Sample, M: Metric<Q, U>> Metric<P, T> for On<P, T, Q, U, M> {
    fn update(&mut self, prediction: Ref<'_, P>, target: Ref<'_, T>, weights: Option<&[f32]>) {
        self.metric.update((self.prediction)(&prediction), (self.target)(&target), weights);
    }
    fn check(&self) -> Result<()> {
        self.metric.check()
    }
}
