//! The state of an optimiser, and its way into and out of checkpoints.

use super::{Optimizer, check};
use crate::storage::Checkpoint;
use crate::{Error, Parameters, Path, Result, Role, Shape, Tensor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name of [`Progress`] among the values of a checkpoint.
const KEY: &str = "optimizer";

/// What a checkpoint keeps besides tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// [`Optimizer::NAME`].
    optimizer: String,
    /// The number of steps made, which is the position of the schedule.
    pub(super) step: u64,
    /// The factor of the learning rate besides the schedule.
    pub(super) lr_factor: f64,
    /// The number of updates of each parameter. They differ where layers were frozen for a while.
    updates: BTreeMap<String, u64>,
    /// The step in which each layer began to learn, the last time.
    #[serde(default)]
    pub(super) since: Vec<u64>,
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

/// Names and shapes of all tensors of the state.
pub(super) fn shapes<N: Parameters>(entries: &[Entry], net: &N) -> Vec<(String, Shape)> {
    let mut all = Vec::new();
    each_entry(entries, net, |path, entry| {
        let named = entry.names.iter().zip(&entry.slots);
        all.extend(named.map(|(name, slot)| (Checkpoint::state_name(path, name), slot.shape())));
    });
    all
}

/// Adds the state to a checkpoint.
pub(super) fn save<N: Parameters, O: Optimizer>(
    entries: &[Entry],
    (step, lr_factor, since): (u64, f64, Vec<u64>),
    net: &N,
    checkpoint: &mut Checkpoint,
) -> Result<()> {
    let (mut updates, mut saved) = (BTreeMap::new(), Ok(()));
    each_entry(entries, net, |path, entry| {
        updates.insert(path.to_string(), entry.updates);
        for (name, slot) in entry.names.iter().zip(&entry.slots) {
            if saved.is_ok() {
                saved = checkpoint.insert(Checkpoint::state_name(path, name), slot.shape(), slot.to_vec());
            }
        }
    });
    saved?;
    checkpoint.set(KEY, &Progress { optimizer: O::NAME.to_owned(), step, lr_factor, updates, since })
}

/// The state in a checkpoint.
pub(super) fn load<N: Parameters, O: Optimizer>(
    optimizer: &O,
    net: &N,
    checkpoint: &Checkpoint,
) -> Result<(Vec<Entry>, Progress)> {
    let refuse = |problem: String| Error::format(checkpoint.path(), "checkpoint", problem);
    let progress: Progress = checkpoint.get(KEY)?;
    if progress.optimizer != O::NAME {
        return Err(refuse(format!("it has the state of {}, but the optimiser is {}", progress.optimizer, O::NAME)));
    }
    check::not_negative("the learning rate's factor of the checkpoint", progress.lr_factor)?;
    let mut entries = entries(optimizer, net);
    checkpoint.check_state(net, &shapes(&entries, net))?;
    let mut loaded = Ok(());
    each_entry(&mut entries, net, |path, entry| {
        match progress.updates.get(&path.to_string()) {
            Some(updates) => entry.updates = *updates,
            None if loaded.is_ok() => loaded = Err(refuse(format!("it does not say how often `{path}` was updated"))),
            None => {}
        }
        for (name, slot) in entry.names.iter().zip(&mut entry.slots) {
            if loaded.is_ok() {
                loaded = checkpoint.read_into(&Checkpoint::state_name(path, name), slot);
            }
        }
    });
    loaded.map(|()| (entries, progress))
}

/// Calls `each` for every trained tensor in the order of declaration, which is also that of [`Parameters::pairs`].
fn each_parameter<N: Parameters>(net: &N, each: &mut dyn FnMut(&Path<'_>, &Tensor)) {
    net.tensors(&Path::ROOT, &mut |path, role, tensor| {
        if role == Role::Parameter {
            each(path, tensor);
        }
    });
}

/// Calls `each` for every trained tensor with its entry.
fn each_entry<N: Parameters, E>(entries: impl IntoIterator<Item = E>, net: &N, mut each: impl FnMut(&Path<'_>, E)) {
    let mut entries = entries.into_iter();
    each_parameter(net, &mut |path, _| {
        if let Some(entry) = entries.next() {
            each(path, entry);
        }
    });
}
