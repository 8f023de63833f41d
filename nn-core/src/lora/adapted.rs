//! Low-rank adapters on a network that was declared without them, chosen at run time.

mod change;
mod layer;

use super::factors::Factors;
use crate::{Error, Layer, Parameters, Path, Result, Role, Tensor};
use change::Change;
use core::ops::Deref;
use nn_kernels::Team;
use std::sync::Arc;

/// What [`Adapted::new`] does with a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tuning {
    /// Its weight changes by B · A, and nothing else of it does. For `Dense` and `Conv2d`.
    LowRank,
    /// It learns as ever: a new head.
    Whole,
    /// It stays as it is: no tensor of it changes, and a batch normalisation uses its running statistics, as in evaluation. A dropout drops in training
    /// all the same; it has nothing that learns, so that nobody is asked about it. (`#[frozen]` and [`Frozen`](crate::layers::Frozen) stop it too.)
    Frozen,
}

/// A network of any type with low-rank adapters on layers that are chosen at run time.
///
/// | | `#[lora]` on a line | `Adapted` |
/// |---|---|---|
/// | the network | is declared with it | any, such as one of another crate |
/// | rank, which layers | known while compiling | known at run time |
/// | state of optimisers, files | of A and B only | of A and B only |
/// | backward | low-rank only; no gradient of W, in memory or in time | computes the gradient of W and projects it |
/// | dropout before A | yes | no |
///
/// The network always holds W + (alpha / rank) · B · A, so that its own code computes with it. With dW, the gradient of that weight, those of the
/// factors are dA = s · Bᵀ · dW and dB = s · dW · Aᵀ, s = alpha / rank: the same numbers as for a layer with an adapter beside it, from a backward pass
/// that costs what training the whole layer costs. What is saved is memory of the optimiser and of files, not time.
///
/// The mirror `PerLayer` is that of the network; layers that are [`Tuning::Frozen`] do not learn whatever it says. `PARAMS` counts the parameters of
/// the network. A grouped convolution can be adapted, but PEFT has factors of another shape for it: `save` keeps such adapters, and `save_adapters`
/// refuses them.
///
/// ```
/// use nn_core::layers::Dense;
/// use nn_core::lora::{Adapted, Tuning};
/// use nn_core::{Layer, Network};
///
/// let mut base = Dense::<[f32; 8], [f32; 3]>::new();
/// base.reset(1);
/// let adapted = Adapted::new(base.clone(), 2, 4.0, |path, kind| {
///     if kind == "Dense" && !path.starts_with("head") { Tuning::LowRank } else { Tuning::Frozen }
/// })?;
/// assert_eq!(adapted.predict(&[[1.0; 8]]), base.predict(&[[1.0; 8]])); // B is 0
/// assert_eq!(adapted.adapted_layers().count(), 1);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Adapted<N> {
    net: N,
    changes: Vec<Change>,
    plan: Arc<Plan>,
    team: Team,
}

/// What is what in the network, by the order in which it calls.
#[derive(Debug, Default)]
struct Plan {
    /// For each tensor.
    tensors: Vec<Part>,
    /// For each gradient.
    gradients: Vec<Part>,
    /// For each layer whether it learns, and its change.
    layers: Vec<(bool, Option<usize>)>,
    /// The path of the layer of each change.
    paths: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
enum Part {
    /// As the network has it.
    Whole,
    /// Left as it is.
    Frozen,
    /// Hidden behind the factors of this change.
    Changed(usize),
}

/// The gradients of an adapted network.
#[derive(Debug)]
pub struct AdaptedGrads<G> {
    net: G,
    changes: Vec<ChangeGrads>,
    plan: Arc<Plan>,
}

#[derive(Debug)]
struct ChangeGrads {
    factors: [Tensor; 2],
    /// Products on their way into the factors.
    fresh: [Tensor; 2],
    learns: bool,
}

impl<N: Layer> Adapted<N> {
    /// Puts adapters of a rank on the layers for which `choose(path, kind)` says so.
    ///
    /// # Errors
    /// [`Error::Argument`] if a layer cannot have an adapter or none of this rank, or if no layer has one.
    pub fn new(net: N, rank: usize, alpha: f32, mut choose: impl FnMut(&str, &str) -> Tuning) -> Result<Self> {
        let refuse = |problem: String| Error::argument("Adapted::new", problem);
        if rank == 0 || !alpha.is_finite() {
            return Err(refuse(format!("the rank is at least 1 and alpha is a number, not {rank} and {alpha}")));
        }
        let (mut rows, mut layers) = (Vec::new(), Vec::new());
        N::rows(&Path::ROOT, &mut |row| rows.push(row));
        N::map_layers(N::per_layer(()), &Path::ROOT, &mut |path, ()| layers.push(path.to_string()));
        let row_of = |path: &str| rows.iter().find(|row| row.name == *path);
        // Tables say more than the kind: `Dense + Relu`.
        let kind_of = |path: &str| row_of(path).and_then(|row| row.kind.split([' ', ',']).next()).unwrap_or_default();
        let tuned: Vec<Tuning> = layers.iter().map(|path| choose(path, kind_of(path))).collect();
        let (mut changes, mut plan): (Vec<Change>, Plan) = (Vec::new(), Plan::default());
        for (path, tuning) in layers.iter().zip(&tuned) {
            if *tuning != Tuning::LowRank {
                plan.layers.push((*tuning == Tuning::Whole, None));
                continue;
            }
            let kind = kind_of(path);
            if !matches!(kind, "Dense" | "Conv2d") {
                let problem =
                    format!("`{path}` is a {kind}, and only `Dense` and `Conv2d` can have a low-rank adapter");
                return Err(refuse(problem));
            }
            let change = weight_of(&net, path).and_then(|weight| Some((Factors::of(&weight, rank, alpha)?, weight)));
            let Some((factors, weight)) = change else {
                return Err(refuse(format!("`{path}` has no weight that learns; it may have an adapter already")));
            };
            let outputs = weight.shape().dims()[0];
            let most = outputs.min(weight.len() / outputs.max(1));
            if rank > most {
                return Err(refuse(format!(
                    "the rank of `{path}` is {rank}, but must be at most {most}, the smaller side of its weight, {}",
                    weight.shape()
                )));
            }
            plan.layers.push((true, Some(changes.len())));
            plan.paths.push(path.clone());
            let is_grouped = row_of(path).is_some_and(|row| row.groups > 1);
            let scratch = vec![0.0; factors.a.len()];
            let mut change = Change { path: path.clone(), weight, scratch, factors, is_grouped };
            change.reset(0);
            changes.push(change);
        }
        if changes.is_empty() {
            return Err(refuse(format!("no layer has an adapter; the layers are {}", layers.join(", "))));
        }
        let part = |name: &str| {
            let layer = |path: &&String| {
                name.strip_prefix(path.as_str()).is_some_and(|rest| path.is_empty() || rest.starts_with('.'))
            };
            let index = layers.iter().enumerate().filter(|(_, path)| layer(path)).max_by_key(|(_, path)| path.len());
            match index.map(|(index, path)| (tuned[index], plan.layers[index].1, path)) {
                Some((Tuning::LowRank, Some(change), path)) if name == join(path, "weight") => Part::Changed(change),
                Some((Tuning::Whole, ..)) => Part::Whole,
                _ => Part::Frozen,
            }
        };
        let (mut tensors, mut gradients) = (Vec::new(), Vec::new());
        net.tensors(&Path::ROOT, &mut |path, _, _| tensors.push(part(&path.to_string())));
        N::gradients(&mut net.grads(), &Path::ROOT, &mut |path, _| gradients.push(part(&path.to_string())));
        (plan.tensors, plan.gradients) = (tensors, gradients);
        Ok(Self { net, changes, plan: Arc::new(plan), team: Team::new(1) })
    }

    /// The paths of the layers that have an adapter.
    pub fn adapted_layers(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().map(|change| change.path.as_str())
    }

    /// The network with the changes in its weights.
    pub fn into_merged(self) -> N {
        self.net
    }

    /// The network with the weights that it had, but for layers that learned whole.
    pub fn into_base(self) -> N {
        let (mut net, plan, mut at) = (self.net, self.plan, 0);
        net.tensors_mut(&Path::ROOT, &mut |_, _, tensor| {
            if let Some(Part::Changed(change)) = plan.tensors.get(at) {
                tensor.clone_from(&self.changes[*change].weight);
            }
            at += 1;
        });
        net
    }

    /// Begins all adapters anew: B is 0, so that they change nothing, and A is drawn by this seed and the path of the layer. [`Adapted::new`] takes seed 0.
    /// ([`Layer::reset`] draws the network anew too.)
    pub fn reset_adapters(&mut self, seed: u64) {
        self.changes.iter_mut().for_each(|change| change.reset(seed));
        self.refresh();
    }

    /// Puts W + ΔW into the network.
    fn refresh(&mut self) {
        let (changes, plan, team, mut at) = (&mut self.changes, &self.plan, &self.team, 0);
        self.net.tensors_mut(&Path::ROOT, &mut |_, _, tensor| {
            if let Some(Part::Changed(change)) = plan.tensors.get(at) {
                changes[*change].merge(team, tensor);
            }
            at += 1;
        });
    }

    /// The flags of the layers that are not frozen here.
    fn learning(&self, train: N::PerLayer<bool>) -> N::PerLayer<bool> {
        let mut layers = self.plan.layers.iter();
        N::map_layers(train, &Path::ROOT, &mut |_, train| layers.next().is_some_and(|(learns, _)| *learns) && train)
    }
}

/// A copy of the weight of a layer.
fn weight_of<N: Parameters>(net: &N, layer: &str) -> Option<Tensor> {
    let (name, mut found) = (join(layer, "weight"), None);
    net.tensors(&Path::ROOT, &mut |path, role, tensor| {
        if role == Role::Parameter && path.to_string() == name {
            found = Some(tensor.clone());
        }
    });
    found
}

fn join(layer: &str, name: &str) -> String {
    if layer.is_empty() { name.to_owned() } else { format!("{layer}.{name}") }
}

/// Calls `each` with the tensors of A and B below the path of a layer.
fn factors<T>(path: &Path<'_>, layer: &str, [a, b]: [T; 2], each: &mut dyn FnMut(&Path<'_>, T)) {
    let joined = path.join(layer);
    let path = if layer.is_empty() { path } else { &joined };
    each(&path.join("lora_A").join("weight"), a);
    each(&path.join("lora_B").join("weight"), b);
}

impl<N> Deref for Adapted<N> {
    type Target = N;

    fn deref(&self) -> &N {
        &self.net
    }
}
