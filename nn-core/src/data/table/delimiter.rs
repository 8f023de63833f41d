//! Finding out what separates fields.

/// How many lines are looked at.
const LINES: usize = 20;
/// In order of preference: the rarer a sign is inside of values, the earlier.
const CANDIDATES: [u8; 5] = [b'\t', b';', b'|', b',', b' '];

/// The delimiter of a table that begins with `bytes`: a candidate that stands equally often on each line, else the one that
/// stands most often on the line that has it least; a comma if there is only one column.
pub(super) fn detect(bytes: &[u8], comment: Option<u8>) -> u8 {
    let is_data = |line: &&[u8]| !line.trim_ascii().is_empty() && line.first().copied() != comment;
    let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').filter(is_data).take(LINES).collect();
    let counts = |candidate: u8| lines.iter().map(move |line| count(line, candidate));
    let least = |candidate: u8| counts(candidate).min().unwrap_or(0);
    let regular = |candidate: u8| least(candidate) > 0 && counts(candidate).all(|count| count == least(candidate));
    let regular = CANDIDATES.into_iter().find(|&candidate| regular(candidate));
    // `max_by_key` gives the last of equals; reversed, that is the preferred one.
    let frequent = || CANDIDATES.into_iter().rev().max_by_key(|&candidate| least(candidate));
    regular.or_else(frequent).filter(|&candidate| least(candidate) > 0).unwrap_or(b',')
}

/// How often a delimiter stands outside of quotes.
fn count(line: &[u8], delimiter: u8) -> usize {
    let mut quoted = false;
    let mut count = 0;
    for &byte in line.strip_suffix(b"\r").unwrap_or(line) {
        quoted ^= byte == b'"';
        count += usize::from(byte == delimiter && !quoted);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_usual_delimiters() {
        let cases: [(&str, u8); 10] = [
            ("a,b,c\n1,2,3\n", b','),
            ("a;b\n1,5;2,5\n", b';'),
            ("a b\tc\n1 2\t3\n", b'\t'),
            ("a|b\n1|2", b'|'),
            ("59 2 32.1\n48 1 21.6\n", b' '),
            ("name,says\n\"x\",\"a;b\"\n\"y\",\"c;d\"\n", b','),
            ("# a;b;c\n\n1,2\n", b','),
            ("2,3,yes,no\n1,2,3,0\n4,5,6,1\n", b','),
            ("alone\n1\n2\n", b','),
            ("", b','),
        ];
        for (text, expected) in cases {
            assert_eq!(char::from(detect(text.as_bytes(), Some(b'#'))), char::from(expected), "{text:?}");
        }
    }
}
