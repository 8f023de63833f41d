//! CIFAR-10 and CIFAR-100 in their binary format.
//!
//! A record is a label (CIFAR-100: the coarse one, then the fine one) and an image of 32 x 32: 1024 bytes of red, then green, then blue, each row by
//! row. The format is described on the CIFAR page of A. Krizhevsky.

use super::Samples;
use super::source::Source;
use crate::{Batch, Error, Result, Sample};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The bytes of an image, which are the elements of a sample in the same order.
const PIXELS: usize = 3 * 32 * 32;

/// The classes of CIFAR-10, in the order of the labels.
pub const CIFAR10_CLASSES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// The training and the test part of CIFAR-10 from the binary version: `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`, in `dir` or in
/// its folder `cifar-10-batches-bin`, plain or gzip.
///
/// Levels become `0.0..=1.0` (divided by 255, as PyTorch's `ToTensor` does). `S` is any sample of 3072 elements: `[[[f32; 32]; 32]; 3]` (channels,
/// height, width) for convolutions, `[f32; 3072]` for dense layers; another size does not compile. [`CIFAR10_CLASSES`] names the labels.
///
/// # Errors
/// [`Error::Io`] if a file is missing, naming what was looked for; [`Error::Format`] if one is empty, cut short or has a label above 9.
///
/// ```no_run
/// let (train, test) = nn_core::data::cifar10::<[[[f32; 32]; 32]; 3]>("data/cifar-10-batches-bin")?;
/// assert_eq!((train.len(), test.len()), (50_000, 10_000));
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// ```compile_fail
/// let (train, test) = nn_core::data::cifar10::<[[[f32; 28]; 28]; 3]>("data/cifar").unwrap();
/// ```
pub fn cifar10<S: Sample<Element = f32>>(dir: impl AsRef<Path>) -> Result<(Samples<S, u32>, Samples<S, u32>)> {
    let kind = Kind { name: "CIFAR-10", folder: "cifar-10-batches-bin", labels: &[10], wanted: 0 };
    let batches = ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"];
    kind.both(dir.as_ref(), &batches, "test_batch.bin")
}

/// The training and the test part of CIFAR-100 with its 100 classes, from `train.bin` and `test.bin` of the binary version, in `dir` or in its folder
/// `cifar-100-binary`. Otherwise as [`cifar10`].
///
/// # Errors
/// As [`cifar10`].
pub fn cifar100<S: Sample<Element = f32>>(dir: impl AsRef<Path>) -> Result<(Samples<S, u32>, Samples<S, u32>)> {
    Kind { wanted: 1, ..CIFAR100 }.both(dir.as_ref(), &["train.bin"], "test.bin")
}

/// As [`cifar100`] with the 20 coarse classes ("flowers" instead of "roses", "tulips", …).
///
/// # Errors
/// As [`cifar10`].
pub fn cifar100_coarse<S: Sample<Element = f32>>(dir: impl AsRef<Path>) -> Result<(Samples<S, u32>, Samples<S, u32>)> {
    CIFAR100.both(dir.as_ref(), &["train.bin"], "test.bin")
}

const CIFAR100: Kind = Kind { name: "CIFAR-100", folder: "cifar-100-binary", labels: &[20, 100], wanted: 0 };

/// Which of the data sets, and which of its labels.
struct Kind {
    name: &'static str,
    folder: &'static str,
    /// How many classes the labels before an image have, one after the other.
    labels: &'static [u8],
    /// The label that is wanted.
    wanted: usize,
}

impl Kind {
    fn both<S: Sample<Element = f32>>(
        &self,
        dir: &Path,
        train: &[&str],
        test: &str,
    ) -> Result<(Samples<S, u32>, Samples<S, u32>)> {
        const {
            assert!(
                S::LEN == PIXELS && S::CHANNELS_LAST.is_none(),
                "CIFAR has images of 3 x 32 x 32: take samples of 3072 elements, such as [[[f32; 32]; 32]; 3]"
            );
        }
        Ok((self.read(dir, train)?, self.read(dir, &[test])?))
    }

    fn read<S: Sample<Element = f32>>(&self, dir: &Path, names: &[&str]) -> Result<Samples<S, u32>> {
        let (mut bytes, record) = (Vec::new(), self.labels.len() + PIXELS);
        for name in names {
            let start = bytes.len();
            let mut source = Source::open(&self.find(dir, name)?, self.name)?;
            source.read_up_to(u64::MAX, &mut bytes)?;
            self.check(&source, &bytes[start..], record)?;
        }
        let labels: Vec<u32> = bytes.chunks_exact(record).map(|record| u32::from(record[self.wanted])).collect();
        let mut images = Batch::<S>::zeroed(labels.len());
        for (image, record) in images.flat_mut().chunks_exact_mut(PIXELS).zip(bytes.chunks_exact(record)) {
            let levels = &record[self.labels.len()..];
            image.iter_mut().zip(levels).for_each(|(value, &level)| *value = f32::from(level) / 255.0);
        }
        Samples::new(images, labels)
    }

    /// That a file has whole records whose labels are classes.
    fn check(&self, source: &Source<'_>, bytes: &[u8], record: usize) -> Result<()> {
        if bytes.is_empty() {
            return Err(source.problem("it is empty"));
        }
        let rest = bytes.len() % record;
        if rest != 0 {
            let count = bytes.len() / record;
            return Err(source.problem(format!(
                "it has {count} records of {record} bytes and {rest} bytes more, so that it is cut short or another format"
            )));
        }
        for (at, bytes) in bytes.chunks_exact(record).enumerate() {
            if let Some((&label, &classes)) = bytes.iter().zip(self.labels).find(|(label, classes)| label >= classes) {
                let problem = format!("label {at} (counted from 0) is {label}, but labels are 0..={}", classes - 1);
                return Err(source.problem(problem));
            }
        }
        Ok(())
    }

    /// The file of this name.
    fn find(&self, dir: &Path, name: &str) -> Result<PathBuf> {
        let gzip = format!("{name}.gz");
        let places =
            [dir.join(name), dir.join(&gzip), dir.join(self.folder).join(name), dir.join(self.folder).join(gzip)];
        if let Some(path) = places.iter().find(|path| path.is_file()) {
            return Ok(path.clone());
        }
        let mut problem = format!("it is neither there nor in `{}`", self.folder);
        if !dir.is_dir() {
            problem = format!("there is no directory `{}`", dir.display());
        } else if dir.join("batches.meta").exists() || dir.join("meta").exists() {
            problem += "; what is there is the version for Python, but the binary version is needed";
        }
        Err(Error::io("find", dir.join(name), io::Error::new(ErrorKind::NotFound, problem)))
    }
}

#[cfg(test)]
mod tests;
