//! One file with everything that training needs to go on as if it had never stopped.

use super::report::Report;
use super::safetensors::{self, IN_MEMORY, Named, SafeTensors};
use super::{Dtype, alphas, atomic_write, load};
use crate::{Error, Parameters, Result, Tensor};
use nn_spec::{MAX_RANK, Shape};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const FORMAT: &str = "checkpoint";
/// The metadata entry that makes a safetensors file a checkpoint; its value is the version of the format.
const KEY: &str = "nn.checkpoint";
const VERSION: &str = "1";
/// How the names of tensors begin that are an optimiser's.
const STATE: &str = "optimizer.";
/// How the names of tensors begin that are those of the network at its best.
const BEST: &str = "best.";
/// What the names of averages of the network's tensors begin with.
const AVERAGE: &str = "average.";

/// A checkpoint: the network's tensors, the optimiser's state and any values that serde can serialise.
///
/// In the file (safetensors, which other programs open too) the network's tensors have their names, those of the optimiser
/// are called `optimizer.PARAMETER.SLOT` ([`Checkpoint::state_name`]), and each value is a metadata entry in JSON. All have
/// checksums. Numbers are kept bit for bit, in tensors (also the payloads of NaN) and in values (integers and floats of any size;
/// for floats that may be infinite or no number there is [`Exact`](super::Exact)).
///
/// Reading checks the whole file; [`Checkpoint::check`] then says whether it has all that is expected, so that nothing need be
/// changed before all is known to be right.
///
/// ```
/// use nn_core::storage::Checkpoint;
/// use nn_core::Shape;
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Progress { epoch: u32, step: u64, lr: f32 }
///
/// let mut checkpoint = Checkpoint::new();
/// checkpoint.insert(Checkpoint::state_name("hidden.weight", "exp_avg"), Shape::new(&[2]), vec![0.1, 0.2])?;
/// checkpoint.set("progress", &Progress { epoch: 3, step: 5625, lr: 1e-3 })?;
/// let bytes = checkpoint.to_bytes()?; // or checkpoint.write(path)
///
/// let read = Checkpoint::from_bytes(&bytes)?; // or Checkpoint::read(path)
/// assert_eq!(read.values("optimizer.hidden.weight.exp_avg"), Some([0.1, 0.2].as_slice()));
/// assert_eq!(read.get::<Progress>("progress")?.step, 5625);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Checkpoint {
    path: PathBuf,
    tensors: Vec<Named>,
    /// Where in `tensors` a name is.
    index: BTreeMap<String, usize>,
    values: BTreeMap<String, String>,
    /// The alphas of the network's adapters, as the metadata has them.
    alphas: BTreeMap<String, String>,
}

impl Default for Checkpoint {
    fn default() -> Self {
        Self::new()
    }
}

impl Checkpoint {
    /// An empty checkpoint, to be filled and written.
    pub fn new() -> Self {
        Self {
            path: IN_MEMORY.into(),
            tensors: Vec::new(),
            index: BTreeMap::new(),
            values: BTreeMap::new(),
            alphas: BTreeMap::new(),
        }
    }

    /// The name of a tensor that an optimiser keeps for a parameter.
    pub fn state_name(parameter: impl core::fmt::Display, slot: &str) -> String {
        format!("{STATE}{parameter}.{slot}")
    }

    /// The name of a copy of a tensor of the network, from when the network was at its best.
    pub fn best_name(parameter: impl core::fmt::Display) -> String {
        format!("{BEST}{parameter}")
    }

    /// The name of an average of a tensor of the network.
    pub fn average_name(parameter: impl core::fmt::Display) -> String {
        format!("{AVERAGE}{parameter}")
    }

    /// Whether there are copies of tensors of this network that [`Checkpoint::best_name`] has named. A tensor of a line called `best` is none.
    pub fn has_best<P: Parameters>(&self, network: &P) -> bool {
        let own = load::shapes(network);
        let is_own = |name: &str| own.iter().any(|(own, _)| own == name);
        own.iter().map(|(name, _)| Self::best_name(name)).any(|best| self.tensor(&best).is_some() && !is_own(&best))
    }

    /// Adds a copy of all tensors of a network, under their names, and the alphas of its low-rank adapters where they are not the declared ones.
    ///
    /// # Errors
    /// [`Error::Argument`] if a name is there already.
    pub fn add_network<P: Parameters>(&mut self, network: &P) -> Result<()> {
        load::collect(network)?
            .into_iter()
            .try_for_each(|Named { name, shape, values }| self.insert(name, shape, values))?;
        self.alphas.extend(alphas::entries(network));
        Ok(())
    }

    /// Adds a tensor; `values` are in PyTorch's order, as [`Tensor::to_vec`] gives them.
    ///
    /// # Errors
    /// [`Error::Argument`] if the name is there already, or if the number of values is not the shape's.
    pub fn insert(&mut self, name: impl Into<String>, shape: Shape, values: Vec<f32>) -> Result<()> {
        let name = name.into();
        if shape.elements() != values.len() {
            let problem =
                format!("tensor `{name}` of shape {shape} has {} elements, not {}", shape.elements(), values.len());
            return Err(Error::argument("Checkpoint::insert", problem));
        }
        load::check_name(&name, !self.index.contains_key(&name))?;
        self.index.insert(name.clone(), self.tensors.len());
        self.tensors.push(Named { name, shape, values });
        Ok(())
    }

    /// Sets a value, as JSON, under a name.
    ///
    /// # Errors
    /// [`Error::Argument`] if the name is one that the file format uses, or if the value cannot be read back from JSON: serde refuses it,
    /// or it holds a bare float that is infinite or not a number.
    pub fn set<T: Serialize + DeserializeOwned>(&mut self, key: &str, value: &T) -> Result<()> {
        let refuse = |problem: String| Error::argument("Checkpoint::set", format!("`{key}` {problem}"));
        if key == "format" || key.starts_with("nn.") {
            return Err(refuse("is a name that the file format uses".to_owned()));
        }
        let text = serde_json::to_string(value).map_err(|e| refuse(format!("cannot be written as JSON: {e}")))?;
        serde_json::from_str::<T>(&text).map_err(|e| {
            refuse(format!(
                "could not be read again: {e}; for a float that may be infinite or NaN use `storage::Exact`"
            ))
        })?;
        self.values.insert(key.to_owned(), text);
        Ok(())
    }

    /// Writes the file, all or nothing ([`atomic_write`]).
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written; the old one is then as it was.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        let metadata = self.metadata();
        atomic_write(path, |file| safetensors::write(file, &metadata, &self.tensors))
    }

    /// The file that [`Checkpoint::write`] would write.
    ///
    /// # Errors
    /// None in practice; the signature is that of [`Checkpoint::write`].
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        safetensors::write(&mut bytes, &self.metadata(), &self.tensors)
            .map_err(|e| Error::io("write", &self.path, e))?;
        Ok(bytes)
    }

    fn metadata(&self) -> BTreeMap<String, String> {
        let mut metadata = load::metadata();
        metadata.insert(KEY.to_owned(), VERSION.to_owned());
        metadata.extend(self.values.clone());
        metadata.extend(self.alphas.clone());
        metadata
    }

    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read; [`Error::Format`] if it is truncated, damaged, of another format or of another version.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Self::from_file(&SafeTensors::read(path)?)
    }

    /// Reads and checks a file that is in memory already.
    ///
    /// # Errors
    /// [`Error::Format`], as [`Checkpoint::read`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::from_file(&SafeTensors::from_bytes(bytes)?)
    }

    fn from_file(file: &SafeTensors<'_>) -> Result<Self> {
        let refuse = |problem: String| Err(Error::format(file.path(), FORMAT, problem));
        match file.metadata().get(KEY).map(String::as_str) {
            Some(VERSION) => {}
            Some(other) => {
                return refuse(format!(
                    "it has version {other} of the format, but this program reads version {VERSION}"
                ));
            }
            None => return refuse("it has weights only; load them with `load` or `load_partial`".to_owned()),
        }
        if !file.has_checksums() {
            return refuse("its checksums are gone: it is damaged, or was changed by another program".to_owned());
        }
        let mut checkpoint = Self::new();
        file.path().clone_into(&mut checkpoint.path);
        for name in file.names_in_order() {
            let (Some(shape), Some(dtype)) = (file.shape(name), file.dtype(name)) else { continue };
            if *dtype != Dtype::f32() || shape.len() > MAX_RANK {
                return refuse(format!(
                    "tensor `{name}` of type {dtype} and shape {shape:?} is none that a checkpoint has"
                ));
            }
            checkpoint.insert(name, Shape::new(shape), file.floats(name)?)?;
        }
        let values = file.metadata().iter().filter(|(key, _)| *key != "format" && !key.starts_with("nn."));
        checkpoint.values = values.map(|(key, value)| (key.clone(), value.clone())).collect();
        let alphas = file.metadata().iter().filter(|(key, _)| alphas::is_entry(key));
        checkpoint.alphas = alphas.map(|(key, value)| (key.clone(), value.clone())).collect();
        for name in checkpoint.names() {
            if let Err(problem) = alphas::beside(name, &checkpoint.alphas) {
                return refuse(problem);
            }
        }
        Ok(checkpoint)
    }

    /// Where it was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of all tensors, in the order in which they were added.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.iter().map(|t| t.name.as_str())
    }

    /// The shape of a tensor, if there is one of this name.
    pub fn shape(&self, name: &str) -> Option<Shape> {
        self.tensor(name).map(|t| t.shape)
    }

    /// The elements of a tensor in PyTorch's order, if there is one of this name.
    pub fn values(&self, name: &str) -> Option<&[f32]> {
        self.tensor(name).map(|t| t.values.as_slice())
    }

    fn tensor(&self, name: &str) -> Option<&Named> {
        self.tensors.get(*self.index.get(name)?)
    }

    /// The value under a name.
    ///
    /// # Errors
    /// [`Error::Format`] if there is none, or if it is not a `T`.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<T> {
        let refuse = |problem: String| Error::format(&self.path, FORMAT, problem);
        let Some(text) = self.values.get(key) else {
            let known: Vec<_> = self.values.keys().map(String::as_str).collect();
            return Err(refuse(format!("it has no value `{key}`, only {known:?}")));
        };
        serde_json::from_str(text).map_err(|e| refuse(format!("its value `{key}` is not what is needed: {e}")))
    }

    /// Checks that there are just these tensors: those of the network ([`shapes`](super::shapes)) and what else is about to be taken from it.
    ///
    /// # Errors
    /// [`Error::Mismatch`] with all that is missing, unexpected or of another shape.
    pub fn check(&self, expected: &[(String, Shape)]) -> Result<()> {
        self.compare(expected, |_| false)
    }

    /// Checks that the optimiser's tensors are just these. Those of the network are passed over.
    ///
    /// # Errors
    /// [`Error::Mismatch`] with all that is missing, unexpected or of another shape.
    pub fn check_state<P: Parameters>(&self, network: &P, expected: &[(String, Shape)]) -> Result<()> {
        let own = load::shapes(network);
        self.compare(expected, |name| !name.starts_with(STATE) || own.iter().any(|(own, _)| own == name))
    }

    fn compare(&self, expected: &[(String, Shape)], tolerated: impl Fn(&str) -> bool) -> Result<()> {
        let report = Report::compare(expected, &load::entries(&self.tensors, &Dtype::f32()), tolerated);
        if report.is_complete() {
            return Ok(());
        }
        Err(Error::Mismatch { path: self.path.clone(), report: Box::new(report) })
    }

    /// Checks that [`Checkpoint::load_network`] would succeed.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the tensors are not those of the network.
    pub fn check_network<P: Parameters>(&self, network: &P) -> Result<()> {
        self.compare(&load::shapes(network), is_state)
    }

    /// Loads the network's tensors. The optimiser's and those of the network at its best are passed over.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if they are not those of the network, which is then as it was.
    pub fn load_network<P: Parameters>(&self, network: &mut P) -> Result<()> {
        self.check_network(network)?;
        load::fill(network, |name, tensor| self.read_into(name, tensor))?;
        alphas::set(network, |_| true, |factor| alphas::beside(factor, &self.alphas).ok().flatten());
        Ok(())
    }

    /// Overwrites a tensor with the one of this name.
    ///
    /// # Errors
    /// [`Error::Format`] if there is none of this name and shape; `tensor` is then as it was.
    pub fn read_into(&self, name: &str, tensor: &mut Tensor) -> Result<()> {
        let problem = match self.tensor(name) {
            Some(found) if found.shape == tensor.shape() => return tensor.set(&found.values),
            Some(found) => format!("its tensor `{name}` has shape {}, but {} is needed", found.shape, tensor.shape()),
            None => format!("it has no tensor `{name}`"),
        };
        Err(Error::format(&self.path, FORMAT, problem))
    }
}

/// Whether the metadata is that of a checkpoint.
pub(super) fn is_checkpoint(metadata: &BTreeMap<String, String>) -> bool {
    metadata.contains_key(KEY)
}

/// Whether a tensor of a checkpoint is none of the network's as it is. (If a network has a line called `optimizer`, `best` or `average`, its
/// tensors are found by their names all the same; only a name that is both is refused, when the checkpoint is made.)
pub(super) fn is_state(name: &str) -> bool {
    [STATE, BEST, AVERAGE].iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests;
