//! Outputs in a file: the samples one after the other, and behind them what they are of.
//!
//! All numbers are little-endian. The end, of seven words of 64 bits, is: a mark, the number of samples, the elements of a sample, the digests
//! of weights, data and samples, and the mark again. It comes last because it is known last.

use crate::data::Digest;
use crate::storage::atomic_write;
use crate::{Error, Mut, Ref, Result, Value};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the outputs are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) weights: u64,
    pub(crate) data: u64,
    pub(crate) count: u64,
}

const FORMAT: &str = "features";
const FOREIGN: &str = "it has not been written by `Cached::on_disk` or `FrozenCache::Disk`, or it is cut off; remove it, or use another path";
const MARK: u64 = u64::from_le_bytes(*b"nnfeatr1");
/// Words at the end.
const END: usize = 7;
/// Elements that are read at once where all are read.
const BLOCK: usize = 16 << 10;
const FLOAT: u64 = size_of::<f32>() as u64;

/// A file of outputs, open to be read.
#[derive(Debug)]
pub(crate) struct Stored {
    path: PathBuf,
    key: Key,
    open: Mutex<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    /// The bytes of a sample.
    bytes: Vec<u8>,
}

impl Stored {
    /// Opens and checks a file; nothing if it is not there.
    fn open(path: &Path, len: usize) -> Result<Option<Self>> {
        let io = |error| Error::io("read", path, error);
        let refuse = |problem: &str| Err(Error::format(path, FORMAT, problem));
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io(error)),
        };
        let total = file.metadata().map_err(io)?.len();
        let Some(elements) = total.checked_sub((END * 8) as u64).filter(|bytes| bytes % FLOAT == 0) else {
            return refuse(FOREIGN);
        };
        let mut reader = BufReader::with_capacity(4 * BLOCK, file);
        let (mut digest, mut left, mut block) = (Digest::default(), elements / FLOAT, vec![0; 4 * BLOCK]);
        while left > 0 {
            let count = left.min(BLOCK as u64) as usize;
            reader.read_exact(&mut block[..4 * count]).map_err(io)?;
            digest.add(block[..4 * count].as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)));
            left -= count as u64;
        }
        let mut end = [0; END * 8];
        reader.read_exact(&mut end).map_err(io)?;
        let mut words = [0; END];
        words.iter_mut().zip(end.as_chunks().0).for_each(|(word, bytes)| *word = u64::from_le_bytes(*bytes));
        let [mark, count, size, weights, data, contents, again] = words;
        if mark != MARK || again != MARK {
            return refuse(FOREIGN);
        }
        if count.checked_mul(size).and_then(|all| all.checked_mul(FLOAT)) != Some(elements)
            || contents != digest.finish()
        {
            return refuse("it is damaged; remove it");
        }
        // Outputs of another shape are those of another layer, and no mistake.
        if size != len as u64 {
            return Ok(None);
        }
        let open = Open { file: reader.into_inner(), bytes: vec![0; 4 * len] };
        Ok(Some(Self { path: path.to_owned(), key: Key { weights, data, count }, open: Mutex::new(open) }))
    }

    fn key(&self) -> Key {
        self.key
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The file, for one batch.
    pub(crate) fn reader(&self) -> Reader<'_> {
        // Nothing is half done when a read fails: every one begins with a seek.
        Reader { path: &self.path, open: self.open.lock().unwrap_or_else(PoisonError::into_inner) }
    }
}

/// The outputs in the file at `path`: those that are there, if they are of these weights and of the data through which `scan` goes, and else
/// those that `scan` adds to the writer that it is given then, all or nothing. Nothing if `scan` finds that there are none.
pub(crate) fn find_or_write<T>(
    path: &Path,
    len: usize,
    weights: u64,
    mut scan: impl FnMut(Option<&mut Writer<'_>>) -> Result<Option<(T, Key)>>,
) -> Result<Option<(T, Stored)>> {
    if let Some(stored) = Stored::open(path, len)?.filter(|stored| stored.key().weights == weights)
        && let Some((found, key)) = scan(None)?
        && key == stored.key()
    {
        return Ok(Some((found, stored)));
    }
    // What the dataset says is told as it is, not as a problem of the file.
    let mut scanned = None;
    let written = atomic_write(path, |file| {
        let mut writer = Writer::new(file);
        match scanned.insert(scan(Some(&mut writer))) {
            Ok(Some((_, key))) => writer.finish(*key, len),
            _ => Err(io::Error::other("there are no outputs")),
        }
    });
    let Some(scanned) = scanned else { return written.map(|()| None) };
    let Some((found, _)) = scanned? else { return Ok(None) };
    written?;
    match Stored::open(path, len)? {
        Some(stored) => Ok(Some((found, stored))),
        None => Err(Error::io("read", path, io::ErrorKind::NotFound.into())),
    }
}

/// A file while a batch is read.
pub(crate) struct Reader<'a> {
    path: &'a Path,
    open: MutexGuard<'a, Open>,
}

impl Reader<'_> {
    /// Reads the sample at `index`.
    pub(crate) fn read_sample<V: Value>(&mut self, index: usize, sample: Mut<'_, V>) -> Result<()> {
        let mut values = self.read(index)?;
        V::each_part_mut(sample, &mut |_, part| part.iter_mut().zip(&mut values).for_each(|(x, value)| *x = value));
        Ok(())
    }

    /// The elements of the sample at `index`.
    pub(crate) fn read(&mut self, index: usize) -> Result<impl Iterator<Item = f32>> {
        let io = |error| Error::io("read", self.path, error);
        let Open { file, bytes } = &mut *self.open;
        file.seek(SeekFrom::Start(index as u64 * bytes.len() as u64)).map_err(io)?;
        file.read_exact(bytes).map_err(io)?;
        Ok(bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)))
    }
}

/// A file that is being written.
pub(crate) struct Writer<'a> {
    file: &'a mut dyn Write,
    digest: Digest,
    /// Elements on their way.
    block: Vec<f32>,
}

impl<'a> Writer<'a> {
    fn new(file: &'a mut dyn Write) -> Self {
        Self { file, digest: Digest::default(), block: Vec::with_capacity(BLOCK) }
    }

    /// Adds the samples of a batch.
    pub(crate) fn add_batch<V: Value>(&mut self, batch: Ref<'_, V>) -> io::Result<()> {
        let mut written = Ok(());
        for i in 0..V::count(batch) {
            V::each_part(V::part(batch, i..i + 1), &mut |_, values| {
                if written.is_ok() {
                    written = self.add(values);
                }
            });
        }
        written
    }

    /// Adds elements.
    pub(crate) fn add(&mut self, mut values: &[f32]) -> io::Result<()> {
        while !values.is_empty() {
            let (now, later) = values.split_at(values.len().min(BLOCK - self.block.len()));
            self.block.extend_from_slice(now);
            values = later;
            if self.block.len() == BLOCK {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.digest.add(self.block.iter().map(|value| value.to_bits()));
        self.block.iter().try_for_each(|value| self.file.write_all(&value.to_le_bytes()))?;
        self.block.clear();
        Ok(())
    }

    /// Writes the end.
    fn finish(mut self, key: Key, len: usize) -> io::Result<()> {
        if !self.block.is_empty() {
            self.flush()?;
        }
        let end = [MARK, key.count, len as u64, key.weights, key.data, self.digest.finish(), MARK];
        end.iter().try_for_each(|word| self.file.write_all(&word.to_le_bytes()))
    }
}
