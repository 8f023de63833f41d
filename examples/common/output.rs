//! Files that are written at the end of long work.

use std::io;
use std::path::Path;

/// Checks that the folder of a file exists, before the work rather than after it.
pub fn check(file: &Path) -> nn::Result<()> {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            let problem = format!("there is no folder `{}`", folder.display());
            Err(nn::Error::io("create", file, io::Error::new(io::ErrorKind::NotFound, problem)))
        }
        _ => Ok(()),
    }
}
