//! IDX, the format of the MNIST files: an array of one element type.
//!
//! Two zero bytes, a byte for the type, a byte for the number of dimensions, the dimensions as big-endian `u32`s, then the
//! elements, big-endian, row-major. The format is described on the MNIST page of Y. LeCun.

use super::source::Source;
use crate::{Batch, Error, Result, Sample, Team};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes that are converted at a time; more are shared by threads.
const CHUNK: usize = 1 << 20;

/// An array read from an IDX file, plain or gzip.
///
/// ```
/// use nn_core::data::{Elements, Idx};
/// // Two images of 1 x 3 pixels.
/// let file = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 10, 20, 30, 40, 50, 60];
/// let idx = Idx::read(&file[..], "two.idx")?;
/// assert_eq!(idx.dims(), [2, 1, 3]);
/// assert_eq!(idx.elements(), &Elements::U8(vec![10, 20, 30, 40, 50, 60]));
/// let images = idx.to_batch::<[f32; 3]>(|pixel| pixel as f32 / 255.0)?;
/// assert_eq!(images[1], [40.0 / 255.0, 50.0 / 255.0, 60.0 / 255.0]);
///
/// let problem = Idx::read(&file[..20], "two.idx").unwrap_err();
/// assert_eq!(
///     problem.to_string(),
///     "`two.idx` is not a usable IDX file: it is cut short: the header promises 2 x 1 x 3 elements of u8 (6 bytes), \
///      but 4 bytes follow"
/// );
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Idx {
    path: PathBuf,
    dims: Vec<usize>,
    elements: Elements,
}

/// The elements of an [`Idx`] in row-major order, by type.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Elements {
    /// Type 0x08.
    U8(Vec<u8>),
    /// Type 0x09.
    I8(Vec<i8>),
    /// Type 0x0B.
    I16(Vec<i16>),
    /// Type 0x0C.
    I32(Vec<i32>),
    /// Type 0x0D.
    F32(Vec<f32>),
    /// Type 0x0E.
    F64(Vec<f64>),
}

impl Idx {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read; [`Error::Format`] if it is no IDX file, cut short, or longer than its header says.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::from_source(Source::open(path.as_ref(), "IDX")?)
    }

    /// Reads from anything; `name` stands for the file in messages.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn read(reader: impl Read, name: impl AsRef<Path>) -> Result<Self> {
        Self::from_source(Source::new(reader, name.as_ref(), "IDX")?)
    }

    fn from_source(mut source: Source<'_>) -> Result<Self> {
        let mut header = Vec::new();
        source.read_up_to(4, &mut header)?;
        let (kind, rank) = match header[..] {
            [] => return Err(source.problem("it is empty")),
            [0, 0, kind, rank] => (kind, usize::from(rank)),
            _ => {
                let found = header.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
                let problem = format!("it begins with {found}, but an IDX file begins with 00 00 and two more bytes");
                return Err(source.problem(problem));
            }
        };
        let Some((name, width)) = element_type(kind) else {
            let known = "08 u8, 09 i8, 0b i16, 0c i32, 0d f32, 0e f64";
            return Err(source.problem(format!("its element type is {kind:02x}; known are {known}")));
        };
        if rank == 0 {
            return Err(source.problem("it has 0 dimensions; there must be at least 1"));
        }
        let mut sizes = Vec::new();
        if source.read_up_to(4 * rank as u64, &mut sizes)? < 4 * rank {
            return Err(source.problem(format!("it is cut short in the sizes of its {rank} dimensions")));
        }
        let sizes: Vec<u32> = sizes.as_chunks().0.iter().map(|&bytes| u32::from_be_bytes(bytes)).collect();
        let shape = sizes.iter().map(u32::to_string).collect::<Vec<_>>().join(" x ");
        let dims: Option<Vec<usize>> = sizes.iter().map(|&size| size.try_into().ok()).collect();
        // Without the zeros first: where there are no items, an item can still be absurdly large.
        let length = sizes.iter().try_fold(width, |product, &size| product.checked_mul(u64::from(size.max(1))));
        let length = length.map(|length| if sizes.contains(&0) { 0 } else { length });
        let (Some(dims), Some(length)) = (dims, length.filter(|&length| usize::try_from(length).is_ok())) else {
            return Err(
                source.problem(format!("its header promises {shape} elements of {name}, more than memory can hold"))
            );
        };

        let mut bytes = Vec::new();
        let found = source.read_up_to(length, &mut bytes)? as u64;
        if found < length {
            return Err(source.problem(format!(
                "it is cut short: the header promises {shape} elements of {name} ({length} bytes), but {found} bytes follow"
            )));
        }
        if source.read_up_to(1, &mut Vec::new())? > 0 {
            return Err(source.problem(format!(
                "it goes on after the {shape} elements of {name} ({length} bytes) that its header promises"
            )));
        }
        Ok(Self { path: source.path().to_path_buf(), dims, elements: Elements::decode(kind, bytes) })
    }

    /// The sizes of the dimensions; the first is the number of items.
    pub fn dims(&self) -> &[usize] {
        &self.dims
    }

    /// The elements.
    pub fn elements(&self) -> &Elements {
        &self.elements
    }

    /// The number of items: the first dimension.
    pub fn len(&self) -> usize {
        self.dims[0]
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The items as samples of any shape with as many elements, each element passed through `convert`. Many bytes are converted by all cores.
    ///
    /// # Errors
    /// [`Error::Format`] if an item has not as many elements as a sample.
    pub fn to_batch<S: Sample<Element = f32>>(&self, convert: impl Fn(f64) -> f32) -> Result<Batch<S>> {
        let item: usize = self.dims[1..].iter().product();
        if item != S::LEN {
            let shape = self.dims[1..].iter().map(usize::to_string).collect::<Vec<_>>().join(" x ");
            let problem =
                format!("its items have {item} elements ({shape}), but samples of shape {} have {}", S::SHAPE, S::LEN);
            return Err(Error::format(&self.path, "IDX", problem));
        }
        let mut batch = Batch::<S>::zeroed(self.len());
        let to = batch.flat_mut().iter_mut();
        match &self.elements {
            Elements::U8(from) => {
                let table: [f32; 256] = core::array::from_fn(|byte| convert(byte as f64));
                // Most of the time goes into pages that are touched for the first time: two threads take half of it.
                let team = if from.len() > CHUNK { Team::new(0) } else { Team::serial() };
                team.chunks_mut(batch.flat_mut(), CHUNK, |chunk, to| {
                    let from = &from[chunk * CHUNK..];
                    to.iter_mut().zip(from).for_each(|(to, &from)| *to = table[usize::from(from)]);
                });
            }
            Elements::I8(from) => to.zip(from).for_each(|(to, &from)| *to = convert(from.into())),
            Elements::I16(from) => to.zip(from).for_each(|(to, &from)| *to = convert(from.into())),
            Elements::I32(from) => to.zip(from).for_each(|(to, &from)| *to = convert(from.into())),
            Elements::F32(from) => to.zip(from).for_each(|(to, &from)| *to = convert(from.into())),
            Elements::F64(from) => to.zip(from).for_each(|(to, &from)| *to = convert(from)),
        }
        Ok(batch)
    }

    /// The elements of an array with one dimension as class labels.
    ///
    /// # Errors
    /// [`Error::Format`] if there are more dimensions, or if the elements are negative or not integers.
    pub fn to_labels(&self) -> Result<Batch<u32>> {
        let wrong = |problem: String| Err(Error::format(&self.path, "IDX", problem));
        if self.dims.len() != 1 {
            return wrong(format!("labels have 1 dimension, but it has {}", self.dims.len()));
        }
        let labels: Result<Vec<u32>, usize> = match &self.elements {
            Elements::U8(labels) => Ok(labels.iter().map(|&label| label.into()).collect()),
            Elements::I8(labels) => unsigned(labels),
            Elements::I16(labels) => unsigned(labels),
            Elements::I32(labels) => unsigned(labels),
            Elements::F32(_) | Elements::F64(_) => {
                return wrong("labels are integers, but its elements are not".into());
            }
        };
        match labels {
            Ok(labels) => Ok(labels.into()),
            Err(at) => wrong(format!("label {at} (counted from 0) is negative")),
        }
    }
}

/// The elements as `u32`, or the place of the first that is negative.
fn unsigned<T: Copy + TryInto<u32>>(labels: &[T]) -> Result<Vec<u32>, usize> {
    labels.iter().enumerate().map(|(at, &label)| label.try_into().map_err(|_| at)).collect()
}

/// The name and the size in bytes of an element type.
fn element_type(kind: u8) -> Option<(&'static str, u64)> {
    match kind {
        0x08 => Some(("u8", 1)),
        0x09 => Some(("i8", 1)),
        0x0B => Some(("i16", 2)),
        0x0C => Some(("i32", 4)),
        0x0D => Some(("f32", 4)),
        0x0E => Some(("f64", 8)),
        _ => None,
    }
}

impl Elements {
    /// Elements of a known type from their bytes.
    fn decode(kind: u8, bytes: Vec<u8>) -> Self {
        fn each<const N: usize, T>(bytes: &[u8], decode: fn([u8; N]) -> T) -> Vec<T> {
            bytes.as_chunks().0.iter().map(|&bytes| decode(bytes)).collect()
        }
        match kind {
            0x09 => Self::I8(each(&bytes, i8::from_be_bytes)),
            0x0B => Self::I16(each(&bytes, i16::from_be_bytes)),
            0x0C => Self::I32(each(&bytes, i32::from_be_bytes)),
            0x0D => Self::F32(each(&bytes, f32::from_be_bytes)),
            0x0E => Self::F64(each(&bytes, f64::from_be_bytes)),
            _ => Self::U8(bytes),
        }
    }
}

#[cfg(test)]
mod tests;
