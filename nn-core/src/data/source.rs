//! Files to read from, plain or compressed.

use crate::{Error, Result};
use flate2::bufread::GzDecoder;
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
        let reader: Box<dyn Read + 'a> =
            if gzip { Box::new(Members(Some(GzDecoder::new(reader)))) } else { Box::new(reader) };
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

/// The members of a gzip file, one after the other. Zeros behind a member, with which files are filled up on tapes and by some copies, are left out, as
/// Python and gzip do. There is no decoder while the next member is looked for, and behind the last.
struct Members<R>(Option<GzDecoder<R>>);

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while let Some(decoder) = &mut self.0 {
            let count = decoder.read(buffer)?;
            if count > 0 {
                return Ok(count);
            }
            let Some(mut reader) = self.0.take().map(GzDecoder::into_inner) else { break };
            if skip_zeros(&mut reader)? {
                self.0 = Some(GzDecoder::new(reader));
            }
        }
        Ok(0)
    }
}

/// Whether something else comes behind zeros.
fn skip_zeros(reader: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let bytes = match reader.fill_buf() {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            bytes => bytes?,
        };
        let (zeros, len) = (bytes.iter().take_while(|&&byte| byte == 0).count(), bytes.len());
        reader.consume(zeros);
        if zeros < len || len == 0 {
            return Ok(len > 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn packed(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    /// What is read, or the message.
    fn read(parts: &[&[u8]]) -> String {
        let bytes = parts.concat();
        let mut source = Source::new(&bytes[..], Path::new("file"), "CSV").unwrap();
        let mut text = Vec::new();
        match source.read_up_to(1000, &mut text) {
            Ok(_) => String::from_utf8(text).unwrap(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn members_are_read_one_after_the_other_and_zeros_between_and_behind_left_out() {
        let (one, two) = (packed("one"), packed("two"));
        assert_eq!(read(&[&one, &two]), "onetwo");
        assert_eq!(read(&[&one, &packed(""), &two]), "onetwo");
        for zeros in [1, 7, 512, 100_000] {
            assert_eq!(read(&[&one, &vec![0; zeros]]), "one");
            assert_eq!(read(&[&one, &vec![0; zeros], &two, &[0]]), "onetwo");
            let problem = read(&[&one, &vec![0; zeros], b"more than zeros"]);
            assert!(problem.contains("its gzip stream is damaged"), "{problem}");
        }
        assert!(read(&[&one, b"and something else"]).contains("its gzip stream is damaged"));
        for length in 2..one.len() {
            let problem = read(&[&one[..length]]);
            assert!(problem.ends_with("its gzip stream is cut short"), "{length}: {problem}");
            let problem = read(&[&two, &[0], &one[..length]]);
            assert!(problem.ends_with("its gzip stream is cut short"), "{length}: {problem}");
        }
    }
}
