//! The state of an optimiser, and its way into and out of checkpoints.

use super::Optimizer;
use crate::{Error, Parameters, Path, Result, Role, Shape, Tensor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A tensor of the state: its name (`hidden.weight.exp_avg`), PyTorch's shape, and the elements in PyTorch's order.
pub type StateTensor = (String, Shape, Vec<f32>);

/// What a checkpoint keeps of a [`Stepper`](super::Stepper) besides tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// [`Optimizer::NAME`].
    pub optimizer: String,
    /// The number of steps made, which is the position of the schedule.
    pub step: u64,
    /// The factor of the learning rate besides the schedule.
    pub lr_factor: f64,
    /// The number of updates of each parameter. They differ where layers were frozen for a while.
    pub updates: BTreeMap<String, u64>,
}

/// What belongs to one parameter.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) shape: Shape,
    pub(super) updates: u64,
    pub(super) slots: Vec<Tensor>,
    names: Vec<&'static str>,
}

/// The state of all parameters of `net` before the first update, in the order of declaration.
pub(super) fn entries<N: Parameters, O: Optimizer>(optimizer: &O, net: &N) -> Vec<Entry> {
    let mut entries = Vec::new();
    each_parameter(net, &mut |_, param| {
        let (names, slots) = optimizer.slots(param).into_iter().unzip();
        entries.push(Entry { shape: param.shape(), updates: 0, slots, names });
    });
    entries
}

/// That `net` has the parameters that the entries are for.
pub(super) fn same_parameters<N: Parameters>(entries: &[Entry], net: &N) -> Result<()> {
    let (mut count, mut first) = (0, None);
    each_parameter(net, &mut |path, param| {
        let expected = entries.get(count).map(|entry| entry.shape);
        if first.is_none() && expected != Some(param.shape()) {
            first = Some((path.to_string(), param.shape(), expected));
        }
        count += 1;
    });
    let problem = match first {
        None if count == entries.len() => return Ok(()),
        None => format!("the network has {count} parameters, but the stepper was made for {}", entries.len()),
        Some((name, found, Some(expected))) => {
            format!("parameter `{name}` has shape {found}, but the stepper was made for {expected} there")
        }
        Some((name, _, None)) => format!("parameter `{name}` is not in the network that the stepper was made for"),
    };
    Err(Error::argument("Stepper::step", format!("{problem}; make a stepper for this network")))
}

/// Every tensor of the state, by parameter in the order of declaration.
pub(super) fn tensors<N: Parameters>(entries: &[Entry], net: &N) -> Vec<StateTensor> {
    let (mut all, mut entries) = (Vec::new(), entries.iter());
    each_parameter(net, &mut |path, _| {
        let Some(entry) = entries.next() else { return };
        let named = entry.names.iter().zip(&entry.slots);
        all.extend(named.map(|(name, slot)| (path.join(name).to_string(), slot.shape(), slot.to_vec())));
    });
    all
}

/// The number of updates of every parameter.
pub(super) fn updates<N: Parameters>(entries: &[Entry], net: &N) -> BTreeMap<String, u64> {
    let (mut all, mut entries) = (BTreeMap::new(), entries.iter());
    each_parameter(net, &mut |path, _| {
        if let Some(entry) = entries.next() {
            all.insert(path.to_string(), entry.updates);
        }
    });
    all
}

/// The state that `updates` and `tensors` describe. Every mistake is told; nothing is changed by one.
pub(super) fn restored<N: Parameters, O: Optimizer>(
    optimizer: &O,
    net: &N,
    updates: &BTreeMap<String, u64>,
    tensors: &[StateTensor],
) -> Result<Vec<Entry>> {
    let mut found: BTreeMap<&str, _> =
        tensors.iter().map(|(name, shape, values)| (&**name, (*shape, values))).collect();
    let mut counts: BTreeMap<&str, u64> = updates.iter().map(|(name, &count)| (&**name, count)).collect();
    let (mut entries, mut problems) = (entries(optimizer, net), Vec::new());
    let mut rest = entries.iter_mut();
    each_parameter(net, &mut |path, _| {
        let (Some(entry), parameter) = (rest.next(), path.to_string()) else { return };
        match counts.remove(&*parameter) {
            Some(count) => entry.updates = count,
            None => problems.push(format!("the number of updates of `{parameter}` is missing")),
        }
        for (name, slot) in entry.names.iter().zip(&mut entry.slots) {
            let name = format!("{parameter}.{name}");
            match found.remove(&*name) {
                None => problems.push(format!("`{name}` is missing")),
                Some((shape, _)) if shape != slot.shape() => {
                    problems.push(format!("`{name}` has shape {shape}, but {} is needed", slot.shape()));
                }
                Some((_, values)) => {
                    if let Err(error) = slot.set(values) {
                        problems.push(format!("`{name}`: {error}"));
                    }
                }
            }
        }
    });
    problems.extend(counts.keys().map(|name| format!("the network has no parameter `{name}`")));
    problems.extend(found.keys().map(|name| format!("{} keeps no `{name}`", O::NAME)));
    if problems.is_empty() {
        return Ok(entries);
    }
    Err(Error::argument("Stepper::load", few(&problems)))
}

/// A list that stays readable.
fn few(problems: &[String]) -> String {
    const SHOWN: usize = 8;
    let more = problems.len().saturating_sub(SHOWN);
    let text = problems[..problems.len() - more].join("; ");
    if more == 0 { text } else { format!("{text}; and {more} more") }
}

/// Calls `each` for every trained tensor in the order of declaration, which is also that of [`Parameters::pairs`].
fn each_parameter<N: Parameters>(net: &N, each: &mut dyn FnMut(&Path<'_>, &Tensor)) {
    net.tensors(&Path::ROOT, &mut |path, role, tensor| {
        if role == Role::Parameter {
            each(path, tensor);
        }
    });
}
