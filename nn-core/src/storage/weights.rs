//! Pretrained weights: whatever the format of the file, tensors under names, on their way into a network.

mod layout;

use super::array::{Array, Data};
use super::load::{Mode, expected, fill};
use super::rename::Rename;
use super::report::Report;
use super::safetensors::{IN_MEMORY, SafeTensors, read_file};
use super::{Dtype, alphas, checkpoint, header, numpy, torch, zip};
use crate::{Error, Parameters, Result};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Weights from a file of another program, or of this one.
///
/// The format is told from the contents:
///
/// | file | what is read |
/// |---|---|
/// | safetensors, also checkpoints of this library | all tensors |
/// | PyTorch's `.pt` and `.pth` by `torch.save`, also from before version 1.6 | the `state_dict`, or the only dictionary of tensors in it; of several one is chosen by [`open_part`](Self::open_part) |
/// | NumPy's `.npz` by `savez` and `savez_compressed` | all arrays |
/// | NumPy's `.npy` | one array under the name of the file |
///
/// PyTorch's files are pickles, programs that Python runs when it loads them. Here they are read as data: dictionaries, lists, numbers,
/// texts and tensors. A pickle that needs anything else is an error that says what, and nothing is executed in any case.
///
/// Names and layouts are changed before loading, by methods that follow each other. Loading then compares with the network and
/// changes either what it should or nothing, as [`load_into`](super::load_into) does.
///
/// ```
/// use nn_core::storage::{Mode, Rename, Weights};
/// use nn_core::{parameters, Layout, Shape, Tensor};
/// pub struct Linear { weight: Tensor, bias: Tensor }
/// parameters! { impl[] Linear, LinearGrads { weight, bias }, count = 8 }
///
/// let mut net = Linear {
///     weight: Tensor::zeros(Shape::new(&[2, 3]), Layout::Transposed),
///     bias: Tensor::zeros(Shape::new(&[2]), Layout::Plain),
/// };
/// // Keras' weights of `Dense(2)` after three inputs: `dense/kernel` is [3, 2].
/// let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/reference/pretrained/keras.npz");
/// let rules = Rename::new().strip_prefix("dense/").pair("kernel", "weight").leave_out("conv/*");
/// let report = Weights::open(path)?.rename(&rules)?.keras_kernels("weight")?.load_into(&mut net, Mode::Strict)?;
/// assert_eq!(report.loaded, ["weight", "bias"]);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Weights<'a> {
    path: PathBuf,
    format: &'static str,
    bytes: Cow<'a, [u8]>,
    arrays: BTreeMap<String, Array>,
    /// Alphas of low-rank adapters, by the names of the factors beside which they stand.
    alphas: BTreeMap<String, f32>,
}

impl Weights<'static> {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read; [`Error::Format`] if it is damaged, of a format that is not read, or if there are several
    /// dictionaries of tensors in it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::read(path.as_ref(), None)
    }

    /// Reads one dictionary of tensors from a file of PyTorch's that has several: `"model"` in `{"model": …, "ema": …}`, `"nets.encoder"` in
    /// `{"nets": {"encoder": …}}`, `""` for the outermost one.
    ///
    /// # Errors
    /// As [`Weights::open`], and [`Error::Format`] with what there is if there is no such part.
    pub fn open_part(path: impl AsRef<Path>, part: &str) -> Result<Self> {
        Self::read(path.as_ref(), Some(part))
    }

    fn read(path: &Path, part: Option<&str>) -> Result<Self> {
        // Before a large file of another kind is read to its end.
        let known = |head: &[u8]| head.starts_with(ZIP) || head.starts_with(numpy::MAGIC) || torch::is_pickle(head);
        let check = |head: &[u8], total| {
            if is_ours(head) || !known(head) { header::length(head, total).map(drop) } else { Ok(()) }
        };
        Self::parse(path.to_owned(), Cow::Owned(read_file(path, check)?), part)
    }
}

const SAFETENSORS: &str = "safetensors";
const PYTORCH: &str = "PyTorch";
const NUMPY: &str = "NumPy";
/// What zip archives begin with.
const ZIP: &[u8] = b"PK\x03\x04";

/// Whether a header of safetensors follows, whose length may look like the first bytes of another format.
fn is_ours(head: &[u8]) -> bool {
    matches!(head, [_, _, _, _, 0, 0, 0, 0, b'{', ..])
}

impl<'a> Weights<'a> {
    /// Checks a file that is in memory already. (The name of a `.npy` array is then `arr_0`, as NumPy calls arrays without names.)
    ///
    /// # Errors
    /// [`Error::Format`], as [`Weights::open`].
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self> {
        Self::parse(PathBuf::from(IN_MEMORY), Cow::Borrowed(bytes), None)
    }

    /// Checks a file that is in memory already and takes one part of it.
    ///
    /// # Errors
    /// [`Error::Format`], as [`Weights::open_part`].
    pub fn part_from_bytes(bytes: &'a [u8], part: &str) -> Result<Self> {
        Self::parse(PathBuf::from(IN_MEMORY), Cow::Borrowed(bytes), Some(part))
    }

    fn parse(path: PathBuf, bytes: Cow<'a, [u8]>, part: Option<&str>) -> Result<Self> {
        let (format, arrays) = if is_ours(&bytes) {
            (SAFETENSORS, None)
        } else if torch::is_pickle(&bytes) {
            (PYTORCH, Some(torch::legacy(&bytes, part)))
        } else if bytes.starts_with(numpy::MAGIC) {
            let stem = path.file_stem().filter(|_| path != Path::new(IN_MEMORY));
            let name = stem.map_or("arr_0".into(), |stem| stem.to_string_lossy().into_owned());
            (NUMPY, Some(numpy::array(&bytes).map(|array| BTreeMap::from([(name, array)]))))
        } else if bytes.starts_with(ZIP) {
            match zip::entries(&bytes) {
                Err(problem) => ("zip", Some(Err(problem))),
                Ok(entries) => {
                    let root = entries.keys().find_map(|name| name.strip_suffix("/data.pkl")).map(str::to_owned);
                    match root {
                        Some(root) => (PYTORCH, Some(torch::archive(&bytes, &entries, &root, part))),
                        None if entries.keys().any(|name| name.ends_with(".npy")) => {
                            (NUMPY, Some(numpy::archive(&bytes, entries)))
                        }
                        None => ("zip", Some(Err(unknown(&entries)))),
                    }
                }
            }
        } else {
            (SAFETENSORS, None)
        };
        let weights = match arrays {
            None => Self::from_safetensors(SafeTensors::check(path, bytes)?)?,
            Some(Err(problem)) => return Err(Error::format(path, format, problem)),
            Some(Ok(mut arrays)) => {
                arrays.iter_mut().for_each(|(name, array)| array.is_extra = is_counter(name));
                Self { path, format, bytes, arrays, alphas: BTreeMap::new() }
            }
        };
        match part {
            Some(part) if weights.format != PYTORCH => {
                let problem = format!("it has no part \"{part}\": only PyTorch's files have parts");
                Err(Error::format(weights.path, weights.format, problem))
            }
            _ => Ok(weights),
        }
    }

    /// All tensors of a file. Those of an optimiser in a checkpoint are passed over when a network has no use for them.
    pub(super) fn from_safetensors(file: SafeTensors<'a>) -> Result<Self> {
        let (path, bytes, header, start) = file.into_parts();
        let is_checkpoint = checkpoint::is_checkpoint(&header.metadata);
        let mut alphas = BTreeMap::new();
        let arrays = header.tensors.into_iter().map(|(name, entry)| {
            let range = start + entry.range.start..start + entry.range.end;
            let mut array = Array::plain(entry.dtype, entry.shape, Data::Plain(range))
                .map_err(|problem| format!("tensor `{name}` {problem}"))?;
            array.is_extra = is_counter(&name) || is_checkpoint && checkpoint::is_state(&name);
            alphas.extend(alphas::beside(&name, &header.metadata)?.map(|alpha| (name.clone(), alpha)));
            Ok::<_, String>((name, array))
        });
        match arrays.collect() {
            Ok(arrays) => Ok(Self { path, format: SAFETENSORS, bytes, arrays, alphas }),
            Err(problem) => Err(Error::format(path, SAFETENSORS, problem)),
        }
    }

    /// Where they were read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of the tensors, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.arrays.keys().map(String::as_str)
    }

    /// The shape of a tensor, if there is one of this name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.arrays.get(name).map(|array| array.shape.as_slice())
    }

    /// The element type of a tensor, if there is one of this name.
    pub fn dtype(&self, name: &str) -> Option<&Dtype> {
        self.arrays.get(name).map(|array| &array.dtype)
    }

    /// The elements of a tensor of floating-point numbers, in row-major order, converted as [`Dtype::decode`] says.
    ///
    /// # Errors
    /// [`Error::Format`] if there is no such tensor, if its elements are of another type, or if it is damaged.
    pub fn floats(&self, name: &str) -> Result<Vec<f32>> {
        let refuse = |problem| Error::format(&self.path, self.format, problem);
        let array = self.arrays.get(name).ok_or_else(|| refuse(format!("it has no tensor `{name}`")))?;
        let floats = array.floats(&self.bytes).map_err(|problem| refuse(format!("tensor `{name}` {problem}")))?;
        floats.ok_or_else(|| {
            refuse(format!("tensor `{name}` has elements of type {}; F32, F64, F16 or BF16 is needed", array.dtype))
        })
    }

    /// Gives the tensors other names.
    ///
    /// # Errors
    /// [`Error::Argument`], as [`Rename::apply`].
    pub fn rename(mut self, rules: &Rename) -> Result<Self> {
        let names = rules.apply(self.names())?;
        let renamed = self.names().zip(&names).filter_map(|(old, new)| Some((new.clone()?, *self.alphas.get(old)?)));
        self.alphas = renamed.collect();
        let arrays = self.arrays.into_values().zip(names);
        self.arrays = arrays.filter_map(|(array, name)| Some((name?, array))).collect();
        Ok(self)
    }

    /// Loads into a network, as [`load_into`](super::load_into) does. Names and shapes in the report are those after all changes.
    ///
    /// # Errors
    /// [`Error::Mismatch`], as [`load_into`](super::load_into); [`Error::Format`] if a tensor is damaged. The network is then as it was.
    pub fn load_into<P: Parameters>(&self, network: &mut P, mode: Mode) -> Result<Report> {
        let entries = self.arrays.iter().map(|(name, array)| (name.as_str(), (&array.dtype, array.shape.as_slice())));
        let is_extra = |name: &str| self.arrays.get(name).is_some_and(|array| array.is_extra);
        let expected = expected(network, mode, |name| self.arrays.contains_key(name));
        let report = Report::compare(&expected, &entries.collect(), is_extra);
        // A file of which nothing fits is another network's, whatever was left out on purpose.
        let some = !report.loaded.is_empty() || expected.is_empty();
        let fits = report.mis_typed.is_empty() && (mode == Mode::Partial && some || report.is_complete());
        if !fits {
            return Err(Error::Mismatch { path: self.path.clone(), report: Box::new(report) });
        }
        // All of it before anything changes, because compressed tensors are unpacked and checked only now.
        let floats = report.loaded.iter().map(|name| Ok((name.as_str(), self.floats(name)?)));
        let floats: BTreeMap<&str, Vec<f32>> = floats.collect::<Result<_>>()?;
        fill(network, |name, tensor| floats.get(name).map_or(Ok(()), |floats| tensor.set(floats)))?;
        alphas::set(network, |factor| floats.contains_key(factor), |factor| self.alphas.get(factor).copied());
        Ok(report)
    }
}

/// Whether this is PyTorch's count of batches in a batch normalisation, for which there is no use here.
fn is_counter(name: &str) -> bool {
    name.rsplit('.').next() == Some("num_batches_tracked")
}

/// What an archive is that is neither PyTorch's nor NumPy's.
fn unknown(entries: &BTreeMap<String, zip::Entry>) -> String {
    if entries.contains_key("model.weights.h5") {
        return "it is a Keras archive; write its weights in Python by `numpy.savez(path, **{w.path: w.numpy() for w in model.weights})`"
            .to_owned();
    }
    let names: Vec<_> = entries.keys().take(5).collect();
    format!("it is a zip archive without `data.pkl` of PyTorch's and without NumPy's arrays; it has {names:?}")
}
