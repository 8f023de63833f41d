//! Files to read from, plain or compressed.

use crate::{Error, Result};
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Something to read, with a name for messages. Whether it is gzip is seen from its first bytes, not from its name.
pub(super) struct Source<'a> {
    reader: Box<dyn Read + 'a>,
    path: PathBuf,
    /// What it is read as: `IDX`, `CSV`.
    format: &'static str,
    gzip: bool,
}

impl<'a> Source<'a> {
    pub(super) fn open(path: &Path, format: &'static str) -> Result<Source<'static>> {
        let file = File::open(path).map_err(|error| Error::io("read", path, error))?;
        if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Err(Error::io("read", path, io::Error::new(ErrorKind::IsADirectory, "it is a directory")));
        }
        Source::new(file, path, format)
    }

    pub(super) fn new(reader: impl Read + 'a, path: &Path, format: &'static str) -> Result<Self> {
        let mut reader = BufReader::with_capacity(1 << 16, reader);
        let start = reader.fill_buf().map_err(|error| Error::io("read", path, error))?;
        let gzip = start.starts_with(&[0x1f, 0x8b]);
        let reader: Box<dyn Read + 'a> = if gzip { Box::new(MultiGzDecoder::new(reader)) } else { Box::new(reader) };
        Ok(Self { reader, path: path.to_path_buf(), format, gzip })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends at most `limit` bytes to `bytes`; fewer only at the end. The memory taken grows with what is really there.
    pub(super) fn read_up_to(&mut self, limit: u64, bytes: &mut Vec<u8>) -> Result<usize> {
        match self.reader.by_ref().take(limit).read_to_end(bytes) {
            Ok(count) => Ok(count),
            Err(error) => Err(self.failure(error)),
        }
    }

    /// An [`Error::Format`] about this source.
    pub(super) fn problem(&self, problem: impl Into<String>) -> Error {
        Error::format(&self.path, self.format, problem)
    }

    /// A damaged stream is a fault of the file; everything else one of the system.
    fn failure(&self, error: io::Error) -> Error {
        let of_stream = [ErrorKind::InvalidInput, ErrorKind::InvalidData, ErrorKind::UnexpectedEof];
        match error.kind() {
            ErrorKind::UnexpectedEof if self.gzip => self.problem("its gzip stream is cut short"),
            kind if self.gzip && of_stream.contains(&kind) => {
                self.problem(format!("its gzip stream is damaged ({error})"))
            }
            _ => Error::io("read", &self.path, error),
        }
    }
}
