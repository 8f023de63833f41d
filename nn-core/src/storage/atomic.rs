//! Writing a file so that at every moment either the old or the new one is there, whole.

use crate::{Error, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// How the names of temporary files end.
pub(super) const TEMPORARY: &str = ".tmp";

/// Writes a file through `write`, all or nothing.
///
/// What `write` writes goes to a temporary file beside the target (`.NAME.PROCESS.N.tmp`), which is synced to the disk and then takes
/// the target's name, and then the folder is synced. Whenever the program or the machine stops, the target is the old file or
/// the new one. If `write` or the system reports an error, the temporary file is removed and the old file is as it was.
///
/// The new file has the old one's permissions. A link is followed: the file it leads to is replaced, not the link. What is no ordinary
/// file (`/dev/stdout`, a pipe) is written to directly.
///
/// ```
/// # let folder = std::env::temp_dir().join(format!("nn-atomic-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// let path = folder.join("note.txt");
/// nn_core::storage::atomic_write(&path, |file| writeln!(file, "whole"))?;
/// assert_eq!(std::fs::read_to_string(&path).unwrap(), "whole\n");
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Io`] if the folder is missing, the target is a folder or read-only, or the system refuses (permissions, full disk);
/// also with what `write` returns.
pub fn atomic_write(path: impl AsRef<Path>, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let path = path.as_ref();
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let failed = |action| move |e| Error::io(action, path, e);
    let old = match fs::metadata(&target) {
        Ok(old) if old.is_dir() => return Err(failed("write")(io::Error::other("it is a folder"))),
        Ok(old) if !old.is_file() => return write_directly(&target, write).map_err(failed("write")),
        Ok(old) if old.permissions().readonly() => {
            return Err(failed("write")(io::Error::new(ErrorKind::PermissionDenied, "the file is read-only")));
        }
        Ok(old) => Some(old),
        Err(_) => None,
    };
    let (temporary, file) = Temporary::create(&target).map_err(failed("create"))?;
    if let Some(old) = old {
        file.set_permissions(old.permissions()).map_err(failed("create"))?;
    }
    fill(file, write).map_err(failed("write"))?;
    temporary.replace(&target).map_err(failed("replace"))?;
    sync_folder(folder_of(&target)).map_err(failed("sync the folder of"))
}

fn write_directly(target: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut writer = BufWriter::new(OpenOptions::new().write(true).open(target)?);
    write(&mut writer)?;
    writer.flush()
}

/// Writes and syncs; the file is closed afterwards, which some systems need before it can be renamed.
fn fill(file: File, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut writer = BufWriter::with_capacity(1 << 16, file);
    write(&mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

fn folder_of(target: &Path) -> &Path {
    match target.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Makes the renaming durable.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some network file systems cannot sync folders; there the renaming is as durable as it gets.
        Err(e) if matches!(e.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        result => result,
    }
}

/// Folders cannot be opened as files; the file system's journal keeps the order.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// A temporary file that is removed unless it replaces its target.
struct Temporary {
    path: PathBuf,
    kept: bool,
}

impl Temporary {
    fn create(target: &Path) -> io::Result<(Self, File)> {
        let Some(name) = target.file_name() else {
            return Err(io::Error::new(ErrorKind::InvalidInput, "the path does not end with a file name"));
        };
        let folder = folder_of(target);
        for attempt in 0_u64.. {
            let mut temporary = std::ffi::OsString::from(".");
            temporary.push(name);
            temporary.push(format!(".{}.{attempt}{TEMPORARY}", std::process::id()));
            let path = folder.join(temporary);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok((Self { path, kept: false }, file)),
                // Another thread writes the same target, or a program with this number was killed here.
                Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
                Err(e) if e.kind() == ErrorKind::NotFound && !folder.is_dir() => {
                    let problem = format!("the folder `{}` does not exist", folder.display());
                    return Err(io::Error::new(ErrorKind::NotFound, problem));
                }
                Err(e) => return Err(e),
            }
        }
        Err(io::Error::from(ErrorKind::AlreadyExists))
    }

    fn replace(mut self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.kept {
            // Nothing more can be done about a file that can be neither written nor removed; the error under way says why.
            let _ = fs::remove_file(&self.path);
        }
    }
}
