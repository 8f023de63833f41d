//! Counting lines in a file.

/// A place in the file, and its line as an editor counts.
pub(super) struct Place<'a> {
    bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) line: u64,
}

impl<'a> Place<'a> {
    pub(super) fn start(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, line: 1 }
    }

    /// The start of `bytes`, which stand in the file from `line` on.
    pub(super) fn on_line(bytes: &'a [u8], line: u64) -> Self {
        Self { line, ..Self::start(bytes) }
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    /// Goes forward to `at`.
    pub(super) fn advance(&mut self, at: usize) {
        let at = at.min(self.bytes.len());
        if at > self.at {
            self.line += self.bytes[self.at..at].iter().filter(|&&byte| byte == b'\n').count() as u64;
            self.at = at;
        }
    }

    /// Goes to the start of the next line.
    pub(super) fn skip_line(&mut self) {
        let length = self.rest().iter().position(|&byte| byte == b'\n').map_or(self.rest().len(), |end| end + 1);
        self.advance(self.at + length);
    }

    /// Finishes a line whose `\r` has been read and whose `\n` has not.
    pub(super) fn end_line(&mut self) {
        if self.bytes[..self.at].ends_with(b"\r") && self.rest().starts_with(b"\n") {
            self.advance(self.at + 1);
        }
    }

    /// Goes over empty lines and comments, which the csv reader leaves out too.
    pub(super) fn skip_blank(&mut self, comment: Option<u8>) {
        while let Some(&byte) = self.rest().first() {
            match byte {
                b'\r' | b'\n' => self.advance(self.at + 1),
                byte if Some(byte) == comment => self.skip_line(),
                _ => return,
            }
        }
    }

    /// The bytes from here to `end`.
    pub(super) fn until(&self, end: usize) -> &'a [u8] {
        &self.bytes[self.at..end.clamp(self.at, self.bytes.len())]
    }
}
