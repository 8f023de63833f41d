//! Quotes that do not stand where a field begins.

use std::borrow::Cow;

/// What stands between quotes, as the csv reader sees it: a quote opens where a field begins, and a doubled one is text.
struct Quotes {
    begins: bool,
    quoted: bool,
    delimiter: u8,
}

impl Quotes {
    fn new(delimiter: u8) -> Self {
        Self { begins: true, quoted: false, delimiter }
    }

    /// Goes over a byte.
    fn pass(&mut self, byte: u8) {
        if self.quoted {
            self.quoted = byte != b'"';
        } else {
            // After a closing quote, another one makes both text.
            self.quoted = byte == b'"' && self.begins;
            self.begins = byte == self.delimiter || matches!(byte, b'\r' | b'\n') || (self.begins && byte == b'"');
        }
    }
}

/// Whether a record ends inside of a quoted field.
pub(super) fn leaves_one_open(record: &[u8], delimiter: u8) -> bool {
    let mut quotes = Quotes::new(delimiter);
    record.iter().for_each(|&byte| quotes.pass(byte));
    quotes.quoted
}

/// The bytes without the blanks between the begin of a field and a quote. With them, the quote would be text, while blanks around
/// any other field count for nothing.
pub(super) fn without_blanks_before(bytes: &[u8], delimiter: u8, comment: Option<u8>) -> Cow<'_, [u8]> {
    let mut kept = Vec::new();
    let mut copied = 0;
    let mut quotes = Quotes::new(delimiter);
    let mut line_begins = true;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if line_begins && !quotes.quoted && Some(byte) == comment {
            let length = bytes[at..].iter().position(|&byte| byte == b'\n');
            at = length.map_or(bytes.len(), |length| at + length);
            continue;
        }
        let blank = |byte: u8| matches!(byte, b' ' | b'\t') && byte != delimiter;
        if quotes.begins && !quotes.quoted && blank(byte) && (at == 0 || bytes[at - 1] != b'"') {
            let end = bytes[at..].iter().position(|&byte| !blank(byte)).map_or(bytes.len(), |length| at + length);
            if bytes.get(end) == Some(&b'"') {
                kept.extend_from_slice(&bytes[copied..at]);
                copied = end;
                (at, line_begins) = (end, false);
                continue;
            }
        }
        quotes.pass(byte);
        line_begins = matches!(byte, b'\r' | b'\n');
        at += 1;
    }
    if copied == 0 {
        return Cow::Borrowed(bytes);
    }
    kept.extend_from_slice(&bytes[copied..]);
    Cow::Owned(kept)
}
