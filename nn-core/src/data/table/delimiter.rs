//! Finding out what separates fields.

/// How many records are looked at.
const RECORDS: usize = 20;
/// In order of preference: the rarer a sign is inside of values, the earlier.
const CANDIDATES: [u8; 5] = [b'\t', b',', b';', b'|', b' '];

/// The delimiter of a table that begins with `bytes`: a candidate that stands equally often in each record, else the one that
/// stands most often in the record that has it least; a comma if there is only one column. Commas that belong to numbers or
/// sentences come last but for spaces; spaces count only between numbers.
pub(super) fn detect(bytes: &[u8], comment: Option<u8>, decimal: char) -> u8 {
    let records = records(bytes, comment);
    let mut candidates = CANDIDATES.to_vec();
    if decimal == ',' || commas_are_text(&records) {
        candidates = vec![b'\t', b';', b'|', b',', b' '];
    }
    if !between_numbers(&records, b' ') {
        candidates.pop();
    }
    let counts = |candidate: u8| records.iter().map(move |record| count(record, candidate));
    let least = |candidate: u8| counts(candidate).min().unwrap_or(0);
    let regular = |candidate: u8| least(candidate) > 0 && counts(candidate).all(|count| count == least(candidate));
    let regular = candidates.iter().copied().find(|&candidate| regular(candidate));
    // `max_by_key` gives the last of equals; reversed, that is the preferred one.
    let frequent = || candidates.iter().copied().rev().max_by_key(|&candidate| least(candidate));
    regular.or_else(frequent).filter(|&candidate| least(candidate) > 0).unwrap_or(b',')
}

/// The delimiter that a first line such as `sep=;` tells Excel.
pub(super) fn announced(bytes: &[u8]) -> Option<u8> {
    let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len());
    match bytes[..end] {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', sign]
            if sign == b'\t' || (sign.is_ascii_punctuation() && sign != b'"') =>
        {
            Some(sign)
        }
        _ => None,
    }
}

/// The first records, with what is quoted left out. Where a field begins depends on the delimiter; a quote is taken for one
/// behind any candidate.
fn records(bytes: &[u8], comment: Option<u8>) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    let mut record = Vec::new();
    let (mut quoted, mut commented) = (false, false);
    for &byte in bytes {
        let ends = matches!(byte, b'\r' | b'\n');
        if quoted || commented {
            quoted &= byte != b'"';
            commented &= !ends;
        } else if ends {
            if !record.trim_ascii().is_empty() {
                records.push(core::mem::take(&mut record));
            }
            record.clear();
            if records.len() == RECORDS {
                return records;
            }
        } else if record.is_empty() && Some(byte) == comment {
            commented = true;
        } else {
            // The quotes themselves stay: behind the first of two a field has begun, and the second opens again.
            quoted = byte == b'"' && record.last().is_none_or(|last| *last == b'"' || CANDIDATES.contains(last));
            record.push(byte);
        }
    }
    // The last one is whole unless a quote was opened in it that is none.
    if !record.trim_ascii().is_empty() && (!quoted || records.is_empty()) {
        records.push(record);
    }
    records
}

fn count(record: &[u8], delimiter: u8) -> usize {
    record.iter().filter(|&&byte| byte == delimiter).count()
}

/// Whether each comma is followed by a space or stands between digits.
fn commas_are_text(records: &[Vec<u8>]) -> bool {
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    records.iter().all(|record| {
        (0..record.len()).filter(|&at| record[at] == b',').all(|at| {
            let (before, after) = (record[..at].last(), record.get(at + 1));
            after == Some(&b' ') || (digit(before) && digit(after))
        })
    })
}

/// Whether at least half of the fields behind the first record, which may be a header, are numbers.
fn between_numbers(records: &[Vec<u8>], delimiter: u8) -> bool {
    let data = if records.len() > 1 { &records[1..] } else { records };
    let fields = || data.iter().flat_map(|record| record.trim_ascii().split(|&byte| byte == delimiter));
    let is_number = |field: &&[u8]| core::str::from_utf8(field).is_ok_and(|field| field.parse::<f64>().is_ok());
    fields().filter(is_number).count() * 2 >= fields().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_usual_delimiters() {
        let cases: [(&str, u8); 26] = [
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
            ("id;text\n1;\"a\nb\"\n2;\"c\"\n", b';'),
            ("id\ttext\n1\t\"a, b\nb\"\n2\t\"c\"\n", b'\t'),
            ("full name,note text\nBob Smith,\"hi\nmy friend\"\nAnn Lee,\"x\"\n", b','),
            ("full name\nJohn Smith\nJane Doe\n", b','),
            ("John Smith", b','),
            ("1,a;b\n2,c;d\n", b','),
            ("1,a|b\n2,c|d\n", b','),
            ("1,5;2,5\n3,5;4,5\n", b';'),
            ("Smith, John;12\nDoe, Jane;13\n", b';'),
            ("Smith,John\t12\nDoe,Jane\t13\n", b'\t'),
            ("1,2\n3,4\n", b','),
            ("length width kind\n5.1 3.5 setosa\n4.9 3.0 setosa\n", b' '),
            ("size;of\n5\" disk;\"a \"\"b;\"\"\"\n3\" disk;c\n", b';'),
            ("a, b\n1, \"x;y;z\"\n2, \"u\"\n", b','),
            ("a,b\r1,x;y\r2,z\r", b','),
            ("a;b\n1;2\n3;\"never, closed\n4;5\n", b';'),
        ];
        for (text, expected) in cases {
            assert_eq!(char::from(detect(text.as_bytes(), Some(b'#'), '.')), char::from(expected), "{text:?}");
        }
        assert_eq!(detect(b",5;-,5\n,5;2\n", None, ','), b';');
        assert_eq!(detect(b"\",5\",\"-,5\"\n", None, ','), b',');
    }
}
