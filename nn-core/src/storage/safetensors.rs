//! Reading and writing safetensors files as a whole.

use super::header::{self, Entry, Header, LENGTH};
use super::{Dtype, checksums};
use crate::{Error, Result};
use nn_spec::Shape;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

const FORMAT: &str = "safetensors";
/// How much of a file is looked at to see what it is.
const HEAD: usize = 512;

/// The path that stands in messages about a file that was embedded or received rather than read.
pub(super) const IN_MEMORY: &str = "<in memory>";

/// A safetensors file that has been read and checked: names, types and shapes of tensors, their numbers, and text metadata.
///
/// Checked means: the header is well formed, type, shape and size of every tensor belong together, every byte belongs to exactly
/// one tensor, and the checksums are right where the file has them (those that this library writes do).
///
/// ```
/// use nn_core::storage::SafeTensors;
/// let header = br#"{"scale":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
/// let bytes = [&(header.len() as u64).to_le_bytes(), header.as_slice(), &1.5_f32.to_le_bytes()].concat();
/// let file = SafeTensors::from_bytes(&bytes)?;
/// assert_eq!(file.names().collect::<Vec<_>>(), ["scale"]);
/// assert_eq!(file.shape("scale"), Some([1].as_slice()));
/// assert_eq!(file.floats("scale")?, [1.5]);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Debug)]
pub struct SafeTensors<'a> {
    path: PathBuf,
    header: Header,
    bytes: Cow<'a, [u8]>,
    start: usize,
    has_checksums: bool,
}

impl SafeTensors<'static> {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read; [`Error::Format`] if it is truncated, damaged or of another format, which is named where it
    /// is known (PyTorch's `.pt`, HDF5, NumPy, …).
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        // Before a large file of another kind is read to its end.
        let bytes = read_file(path, |head, total| header::length(head, total).map(drop))?;
        Self::check(path.to_owned(), Cow::Owned(bytes))
    }
}

impl<'a> SafeTensors<'a> {
    /// Checks a file that is in memory already: embedded by `include_bytes!`, received, unpacked.
    ///
    /// # Errors
    /// [`Error::Format`], as [`SafeTensors::read`].
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self> {
        Self::check(PathBuf::from(IN_MEMORY), Cow::Borrowed(bytes))
    }

    pub(super) fn check(path: PathBuf, bytes: Cow<'a, [u8]>) -> Result<Self> {
        let parse = || -> Result<_, String> {
            let start = LENGTH + header::length(&bytes[..bytes.len().min(HEAD)], bytes.len() as u64)?;
            let (head, data) = bytes.split_at_checked(start).ok_or("it is truncated")?;
            let header = header::parse(&head[LENGTH..], data.len() as u64)?;
            let has_checksums = checksums::verify(&header, data)?;
            Ok((header, start, has_checksums))
        };
        match parse() {
            Ok((header, start, has_checksums)) => Ok(Self { path, header, bytes, start, has_checksums }),
            Err(problem) => Err(Error::format(path, FORMAT, problem)),
        }
    }

    /// Where it was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of the tensors, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.header.tensors.keys().map(String::as_str)
    }

    /// The shape of a tensor, if there is one of this name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.header.tensors.get(name).map(|entry| entry.shape.as_slice())
    }

    /// The element type of a tensor, if there is one of this name.
    pub fn dtype(&self, name: &str) -> Option<&Dtype> {
        self.header.tensors.get(name).map(|entry| &entry.dtype)
    }

    /// The bytes of a tensor, little endian and in row-major order, if there is one of this name.
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        let range = self.header.tensors.get(name)?.range.clone();
        self.bytes.get(self.start..)?.get(range)
    }

    /// The elements of a tensor of floating-point numbers, in row-major order, converted as [`Dtype::decode`] says.
    ///
    /// # Errors
    /// [`Error::Format`] if there is no such tensor, or if its elements are of another type.
    pub fn floats(&self, name: &str) -> Result<Vec<f32>> {
        let (Some(dtype), Some(bytes)) = (self.dtype(name), self.bytes(name)) else {
            return Err(Error::format(&self.path, FORMAT, format!("it has no tensor `{name}`")));
        };
        dtype.decode(bytes).ok_or_else(|| {
            let problem = format!("tensor `{name}` has elements of type {dtype}; F32, F64, F16 or BF16 is needed");
            Error::format(&self.path, FORMAT, problem)
        })
    }

    /// The metadata: texts under names.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.header.metadata
    }

    /// Whether there were checksums (and, as the file is here, they were right).
    pub fn has_checksums(&self) -> bool {
        self.has_checksums
    }

    /// The file's bytes, and where in them each tensor lies.
    pub(super) fn into_parts(self) -> (PathBuf, Cow<'a, [u8]>, Header, usize) {
        (self.path, self.bytes, self.header, self.start)
    }

    /// The same file, without a copy of its bytes.
    pub(super) fn borrowed(&self) -> SafeTensors<'_> {
        let Self { path, header, bytes, start, has_checksums } = self;
        SafeTensors {
            path: path.clone(),
            header: header.clone(),
            bytes: Cow::Borrowed(bytes),
            start: *start,
            has_checksums: *has_checksums,
        }
    }

    /// The names of the tensors in the order in which their data lies.
    pub(super) fn names_in_order(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.header.tensors.iter().collect();
        names.sort_by_key(|(_, Entry { range, .. })| (range.start, range.end));
        names.into_iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// Reads a file, after `check` has seen its first bytes and its length.
pub(super) fn read_file(path: &Path, check: impl FnOnce(&[u8], u64) -> Result<(), String>) -> Result<Vec<u8>> {
    let io = |e| Error::io("read", path, e);
    let kind = fs::metadata(path).map_err(io)?;
    if !kind.is_file() {
        let what = if kind.is_dir() { "it is a folder, not a file" } else { "it is not an ordinary file" };
        return Err(io(io::Error::other(what)));
    }
    let mut file = File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    Read::by_ref(&mut file).take(HEAD as u64).read_to_end(&mut bytes).map_err(io)?;
    check(&bytes, kind.len()).map_err(|problem| Error::format(path, FORMAT, problem))?;
    // One allocation, and an error rather than an abort where there is not enough memory.
    let rest = kind.len().saturating_sub(bytes.len() as u64);
    bytes.try_reserve_exact(usize::try_from(rest).unwrap_or(usize::MAX)).map_err(|e| io(io::Error::other(e)))?;
    file.read_to_end(&mut bytes).map_err(io)?;
    Ok(bytes)
}

/// A tensor on its way into a file or out of one.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub name: String,
    pub shape: Shape,
    pub values: Vec<f32>,
}

/// Writes a file: `metadata` with checksums added, and tensors in this order.
pub(super) fn write(writer: &mut dyn Write, metadata: &BTreeMap<String, String>, tensors: &[Named]) -> io::Result<()> {
    let mut metadata = metadata.clone();
    checksums::add(
        &mut metadata,
        tensors.iter().map(|t| {
            let bytes = |each: &mut dyn FnMut(&[u8])| {
                // Counting bytes cannot fail.
                let _ = each_block(&t.values, |block| {
                    each(block);
                    Ok(())
                });
            };
            (t.name.as_str(), checksums::of_tensor("F32", t.shape.dims(), bytes))
        }),
    );
    writer.write_all(&header::write(&metadata, tensors.iter().map(|t| (t.name.as_str(), t.shape.dims()))))?;
    tensors.iter().try_for_each(|t| each_block(&t.values, |block| writer.write_all(block)))
}

/// The values as little-endian bytes, in blocks.
fn each_block(values: &[f32], mut each: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut block = [0; 16 * 1024];
    values.chunks(block.len() / 4).try_for_each(|values| {
        for (bytes, value) in block.as_chunks_mut().0.iter_mut().zip(values) {
            *bytes = value.to_le_bytes();
        }
        each(&block[..4 * values.len()])
    })
}
