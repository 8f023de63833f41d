//! A folder of numbered checkpoints, of which the old ones are removed.

use super::{Checkpoint, atomic};
use crate::{Error, Result};
use core::num::NonZero;
use core::time::Duration;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const PREFIX: &str = "checkpoint-";
const SUFFIX: &str = ".safetensors";
const BEST: &str = "best.safetensors";
/// A temporary file that nobody has written to for this long was left by a program that was killed.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Where checkpoints are kept: `checkpoint-00000012.safetensors` for each number (of a step or an epoch), and `best.safetensors`.
///
/// Numbers order them, not names or times. Files of other names are neither looked at nor removed.
///
/// ```
/// use nn_core::storage::{Checkpoint, Rotation};
/// # let folder = std::env::temp_dir().join(format!("nn-rotation-doc-{}", std::process::id()));
/// let rotation = Rotation::new(&folder).keep_last(2);
/// for epoch in 1..=5 {
///     rotation.save(epoch, &Checkpoint::new())?;
/// }
/// let numbers: Vec<u64> = rotation.all()?.into_iter().map(|(number, _)| number).collect();
/// assert_eq!(numbers, [4, 5]);
/// let (number, path) = rotation.latest()?.unwrap();
/// assert_eq!(number, 5);
/// Checkpoint::read(path)?;
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rotation {
    folder: PathBuf,
    keep: Option<NonZero<usize>>,
}

impl Rotation {
    /// In this folder, which is created when the first checkpoint is saved. All checkpoints are kept.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), keep: None }
    }

    /// Keeps the `count` checkpoints with the highest numbers (and the best one); 0 keeps all.
    #[must_use]
    pub fn keep_last(self, count: usize) -> Self {
        Self { keep: NonZero::new(count), ..self }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Saves a checkpoint under its number and removes old ones. Those with higher numbers, left by an earlier run, stay.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be written, or if an old one cannot be removed.
    pub fn save(&self, number: u64, checkpoint: &Checkpoint) -> Result<PathBuf> {
        let path = self.write(&format!("{PREFIX}{number:08}{SUFFIX}"), checkpoint)?;
        self.prune(number)?;
        Ok(path)
    }

    /// Saves a checkpoint as the best one.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be written.
    pub fn save_best(&self, checkpoint: &Checkpoint) -> Result<PathBuf> {
        self.write(BEST, checkpoint)
    }

    fn write(&self, name: &str, checkpoint: &Checkpoint) -> Result<PathBuf> {
        fs::create_dir_all(&self.folder).map_err(|e| Error::io("create the folder", &self.folder, e))?;
        let path = self.folder.join(name);
        checkpoint.write(&path)?;
        Ok(path)
    }

    /// All numbered checkpoints with their numbers, in ascending order. None if there is no folder.
    ///
    /// # Errors
    /// [`Error::Io`] if the folder cannot be read.
    pub fn all(&self) -> Result<Vec<(u64, PathBuf)>> {
        let mut found: Vec<_> =
            self.files()?.into_iter().filter_map(|(name, path)| Some((number(&name)?, path))).collect();
        found.sort();
        Ok(found)
    }

    /// The checkpoint with the highest number.
    ///
    /// # Errors
    /// [`Error::Io`] if the folder cannot be read.
    pub fn latest(&self) -> Result<Option<(u64, PathBuf)>> {
        Ok(self.all()?.pop())
    }

    /// The best checkpoint, if one was saved.
    pub fn best(&self) -> Option<PathBuf> {
        Some(self.folder.join(BEST)).filter(|path| path.is_file())
    }

    /// Removes what is older than the last ones that are kept, and temporary files that were left behind.
    fn prune(&self, newest: u64) -> Result<()> {
        let mut old = self.all()?;
        old.retain(|(number, _)| *number <= newest);
        let excess = self.keep.map_or(0, |keep| old.len().saturating_sub(keep.get()));
        let abandoned = self.files()?.into_iter().filter(|(name, path)| is_abandoned(name, path));
        let paths = old.into_iter().take(excess).map(|(_, path)| path).chain(abandoned.map(|(_, path)| path));
        for path in paths {
            match fs::remove_file(&path) {
                Err(e) if e.kind() != ErrorKind::NotFound => return Err(Error::io("remove the old", path, e)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Names and paths of all files in the folder.
    fn files(&self) -> Result<Vec<(String, PathBuf)>> {
        let failed = |e| Error::io("list the folder", &self.folder, e);
        let entries = match fs::read_dir(&self.folder) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            if let Some(name) = path.file_name().and_then(|name| name.to_str()).map(str::to_owned)
                && path.is_file()
            {
                files.push((name, path));
            }
        }
        Ok(files)
    }
}

/// The number in the name of a checkpoint.
fn number(name: &str) -> Option<u64> {
    let digits = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

fn is_abandoned(name: &str, path: &Path) -> bool {
    let ours = name.strip_prefix('.').is_some_and(|name| name.starts_with(PREFIX) || name.starts_with(BEST));
    let age = || path.metadata().and_then(|file| file.modified()).ok()?.elapsed().ok();
    ours && name.ends_with(atomic::TEMPORARY) && age().is_some_and(|age| age > ABANDONED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_names_have_numbers() {
        assert_eq!(number("checkpoint-00000012.safetensors"), Some(12));
        assert_eq!(number("checkpoint-123456789012.safetensors"), Some(123_456_789_012));
        for name in [
            "checkpoint-.safetensors",
            "checkpoint-+1.safetensors",
            "checkpoint-99999999999999999999.safetensors",
            "checkpoint-1.safetensors.tmp",
            ".checkpoint-00000001.safetensors.77.0.tmp",
            "checkpoint-1a.safetensors",
            "best.safetensors",
        ] {
            assert_eq!(number(name), None, "{name}");
        }
    }
}
