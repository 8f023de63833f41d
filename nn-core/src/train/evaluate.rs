//! Loss and metrics without training.

use super::Values;
use super::kept::Kept;
use crate::data::{Batches, Pass};
use crate::metrics::Running;
use crate::table::grouped;
use crate::{Layer, Loss, Metric, Refused, Result, Value, Workspace};
use core::fmt;

/// What [`Trainer::evaluate`](super::Trainer::evaluate) has measured: loss and metrics, and what metrics have to say besides.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// `loss` and the metrics by their names.
    pub values: Values,
    /// The number of samples.
    pub samples: usize,
    /// What metrics say in more than a number: a confusion matrix.
    pub details: Vec<String>,
}

impl Evaluation {
    /// The mean loss; NaN where no sample counts.
    pub fn loss(&self) -> f64 {
        self.get("loss").unwrap_or(f64::NAN)
    }

    /// The value of a metric.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.values.get(name)
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} samples)", self.values, grouped(self.samples as u64))?;
        self.details.iter().try_for_each(|details| write!(f, "\n{details}"))
    }
}

/// What metrics a trainer has.
pub(super) type Metrics<N, T> = Vec<Box<dyn Metric<<N as Layer>::Out, T>>>;

/// Measures loss and metrics over one pass through the data, in evaluation; from outputs of a part of the network, where these are kept.
pub(super) fn evaluate<N: Layer, T: Value, L: Loss<N::Out, T>>(
    net: &N,
    loss: &L,
    metrics: &mut Metrics<N, T>,
    workspace: &mut Workspace<N>,
    batches: &mut Batches<'_, N::In, T>,
    mut kept: Option<&mut Kept<T>>,
) -> Result<Values> {
    metrics.iter_mut().for_each(|metric| metric.reset());
    let mut mean = Running::EMPTY;
    batches.start_pass(Pass::evaluation(), kept.is_some());
    while let Some(batch) = batches.next_of(kept.as_deref().map(Kept::targets))? {
        check_target::<N::Out, T, L>(loss, batch.y, batch.indices)?;
        let prediction = match &mut kept {
            None => {
                Refused::check::<N>(N::In::shorten(batch.x), batch.indices)?;
                workspace.forward(net, batch.x)
            }
            Some(kept) => {
                let (route, values) = kept.batch(batch.indices)?;
                workspace.forward_from(net, batch.x, route, values)
            }
        };
        mean.add(loss.loss(prediction, batch.y, batch.weights, None), loss.divisor(batch.y, batch.weights));
        metrics.iter_mut().for_each(|metric| metric.update(prediction, batch.y, batch.weights));
    }
    let mut values = Values::from_iter([("loss", mean.value())]);
    metrics.iter().for_each(|metric| values.push(metric.name(), metric.value()));
    Ok(values)
}

/// That the labels of a batch make sense; a message names the sample's place in the dataset.
pub(super) fn check_target<P: Value, T: Value, L: Loss<P, T>>(
    loss: &L,
    target: crate::Ref<'_, T>,
    indices: &[usize],
) -> Result<()> {
    if loss.check_target(target, 0).is_ok() {
        return Ok(());
    }
    for (i, &index) in indices.iter().enumerate() {
        loss.check_target(T::part(target, i..i + 1), index)?;
    }
    loss.check_target(target, 0)
}
