//! Between a network and a file.

use super::report::Report;
use super::safetensors::{self, Named, SafeTensors};
use super::weights::Weights;
use super::{Dtype, alphas, atomic_write, header};
use crate::lora::factors;
use crate::{Error, Parameters, Path, Result, Tensor};
use nn_spec::Shape;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path as FilePath;

/// What loading does when file and network do not have the same tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It fails, and the network is as it was.
    Strict,
    /// As [`Strict`](Self::Strict), but low-rank adapters may be absent from the file, which is then of the network without them. They stay as they
    /// are: a fresh one changes nothing.
    Base,
    /// It loads the tensors that are in both with the same shape, and fails if there is none.
    Partial,
}

/// Saves parameters and running statistics under PyTorch's names, in PyTorch's shapes and order, all or nothing
/// ([`atomic_write`]). PyTorch reads the file by `model.load_state_dict(safetensors.torch.load_file(path))`.
///
/// The alpha of a low-rank adapter is part of the file where it is not the declared one, and loading sets it with the adapter's factors. The declared one
/// stands in the program alone.
///
/// # Errors
/// [`Error::Io`] if the file cannot be written; [`Error::Argument`] if two tensors have the same name.
pub fn save<P: Parameters>(network: &P, path: impl AsRef<FilePath>) -> Result<()> {
    let tensors = collect(network)?;
    atomic_write(path, |file| safetensors::write(file, &metadata_of(network), &tensors))
}

/// The file that [`save`] would write.
///
/// # Errors
/// [`Error::Argument`] if two tensors have the same name.
pub fn to_bytes<P: Parameters>(network: &P) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    safetensors::write(&mut bytes, &metadata_of(network), &collect(network)?)
        .map_err(|e| Error::io("write", safetensors::IN_MEMORY, e))?;
    Ok(bytes)
}

/// Loads parameters and running statistics from a file that [`save`], PyTorch, NumPy or another program has written: safetensors, `.pt`,
/// `.pth`, `.npz`, told apart by their contents. [`Weights`] is for files with other names or layouts than the network's.
///
/// F32 is taken bit for bit; F64, F16 and BF16 are converted as [`Dtype::decode`] says. PyTorch's `num_batches_tracked`
/// (a counter that only its cumulative averages need) and, in a checkpoint, the optimiser's state are passed over.
///
/// Everything is checked before anything changes.
///
/// # Errors
/// - [`Error::Io`] and [`Error::Format`] if the file cannot be read, is damaged or of another format;
/// - [`Error::Mismatch`] with a [`Report`] if, in [`Mode::Strict`] or [`Mode::Base`], file and network do not have the same tensors, if, in
///   [`Mode::Partial`], they have none in common, or if, in any mode, a tensor of the network has elements in the file that are no floating-point numbers.
pub fn load_into<P: Parameters>(network: &mut P, path: impl AsRef<FilePath>, mode: Mode) -> Result<Report> {
    Weights::open(path)?.load_into(network, mode)
}

/// Loads from a file that is in memory already, as [`load_into`] does.
///
/// # Errors
/// As [`load_into`], except that nothing is read.
pub fn load_bytes<P: Parameters>(network: &mut P, bytes: &[u8], mode: Mode) -> Result<Report> {
    Weights::from_bytes(bytes)?.load_into(network, mode)
}

impl SafeTensors<'_> {
    /// Loads into a network, as [`load_into`](super::load_into) does.
    ///
    /// # Errors
    /// [`Error::Mismatch`], as [`load_into`](super::load_into).
    pub fn load_into<P: Parameters>(&self, network: &mut P, mode: Mode) -> Result<Report> {
        Weights::from_safetensors(self.borrowed())?.load_into(network, mode)
    }
}

/// [`save`], [`load_into`] and their relatives as methods, for everything that has parameters.
///
/// ```
/// use nn_core::{parameters, storage::Store, Layout, Shape, Tensor};
/// pub struct Line { weight: Tensor, bias: Tensor }
/// parameters! { impl[] Line, LineGrads { weight, bias }, count = 3 }
///
/// let new = || Line { weight: Tensor::zeros(Shape::new(&[1, 2]), Layout::Transposed), bias: Tensor::zeros(Shape::new(&[1]), Layout::Plain) };
/// let mut trained = new();
/// trained.weight.set(&[0.5, -1.0])?;
///
/// # let path = std::env::temp_dir().join(format!("nn-store-doc-{}.safetensors", std::process::id()));
/// trained.save(&path)?;
/// let mut other = new();
/// other.load_from(&path)?;
/// assert_eq!(other.weight, trained.weight);
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), nn_core::Error>(())
/// ```
pub trait Store: Parameters + Sized {
    /// Saves to a file; see [`save`].
    ///
    /// # Errors
    /// As [`save`].
    fn save(&self, path: impl AsRef<FilePath>) -> Result<()> {
        save(self, path)
    }

    /// The file that [`Store::save`] would write.
    ///
    /// # Errors
    /// As [`to_bytes`].
    fn to_bytes(&self) -> Result<Vec<u8>> {
        to_bytes(self)
    }

    /// Loads all tensors from a file that has just these; see [`load_into`].
    ///
    /// # Errors
    /// As [`load_into`] in [`Mode::Strict`].
    fn load_from(&mut self, path: impl AsRef<FilePath>) -> Result<()> {
        load_into(self, path, Mode::Strict).map(drop)
    }

    /// Loads the tensors that are in the file with the same shape; see [`load_into`].
    ///
    /// # Errors
    /// As [`load_into`] in [`Mode::Partial`].
    fn load_partial(&mut self, path: impl AsRef<FilePath>) -> Result<Report> {
        load_into(self, path, Mode::Partial)
    }

    /// Loads all tensors from a file in memory: `net.load_bytes(include_bytes!("digits.safetensors"))`.
    ///
    /// # Errors
    /// As [`load_bytes`] in [`Mode::Strict`].
    fn load_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        load_bytes(self, bytes, Mode::Strict).map(drop)
    }
}

impl<P: Parameters> Store for P {}

/// What makes other programs see a file with PyTorch's names and layouts.
pub(super) fn metadata() -> BTreeMap<String, String> {
    BTreeMap::from([("format".to_owned(), "pt".to_owned())])
}

/// The same with what a network has besides its tensors.
fn metadata_of<P: Parameters>(network: &P) -> BTreeMap<String, String> {
    let mut metadata = metadata();
    metadata.extend(alphas::entries(network));
    metadata
}

/// Names and shapes of all tensors, in the order of declaration.
pub fn shapes<P: Parameters>(network: &P) -> Vec<(String, Shape)> {
    let mut shapes = Vec::new();
    network.tensors(&Path::ROOT, &mut |path, _, tensor| shapes.push((path.to_string(), tensor.shape())));
    shapes
}

/// The names and shapes that a file is held against: without the adapters of which it has nothing, where these may be absent.
pub(super) fn expected<P: Parameters>(network: &P, mode: Mode, in_file: impl Fn(&str) -> bool) -> Vec<(String, Shape)> {
    let mut expected = shapes(network);
    if mode == Mode::Base {
        let mut absent = BTreeSet::new();
        network.adapters(&Path::ROOT, &mut |path, adapter| {
            let mut names = Vec::new();
            factors(path, adapter.factors(), &mut |path, _| names.push(path.to_string()));
            if !names.iter().any(|name| in_file(name)) {
                absent.extend(names);
            }
        });
        expected.retain(|(name, _)| !absent.contains(name));
    }
    expected
}

/// Copies of all tensors as files have them, in the order of declaration.
pub(super) fn collect<P: Parameters>(network: &P) -> Result<Vec<Named>> {
    let mut tensors = Vec::new();
    network.tensors(&Path::ROOT, &mut |path, _, tensor| {
        tensors.push(Named { name: path.to_string(), shape: tensor.shape(), values: tensor.to_vec() });
    });
    let mut seen = BTreeSet::new();
    tensors.iter().try_for_each(|Named { name, .. }| check_name(name, seen.insert(name)))?;
    Ok(tensors)
}

/// That a name can stand in a file, among others.
pub(super) fn check_name(name: &str, is_new: bool) -> Result<()> {
    match name {
        header::METADATA => Err(format!("a tensor cannot be called `{name}`: the file format uses this name")),
        _ if !is_new => Err(format!("two tensors are called `{name}`; a file needs different names")),
        _ => Ok(()),
    }
    .map_err(|problem| Error::argument("save", problem))
}

/// Calls `set` for every tensor until one fails.
pub(super) fn fill<P: Parameters>(network: &mut P, set: impl Fn(&str, &mut Tensor) -> Result<()>) -> Result<()> {
    let mut result = Ok(());
    network.tensors_mut(&Path::ROOT, &mut |path, _, tensor| {
        if result.is_ok() {
            result = set(&path.to_string(), tensor);
        }
    });
    result
}

/// The element type of everything that this library writes, for comparisons.
pub(super) fn entries<'a>(tensors: &'a [Named], dtype: &'a Dtype) -> BTreeMap<&'a str, (&'a Dtype, &'a [usize])> {
    tensors.iter().map(|t| (t.name.as_str(), (dtype, t.shape.dims()))).collect()
}
