//! The header of a safetensors file: which tensor lies where.
//!
//! A file is the length of the header (`u64`, little endian), the header (JSON) and the data. Every byte of the data belongs to
//! exactly one tensor. <https://huggingface.co/docs/safetensors>
//!
//! Read here rather than by the `safetensors` crate because that one (0.8.0) overflows on offsets near 2⁶⁴, does not name the tensor
//! that is wrong, takes the last of two tensors with one name, and writes metadata in an order that changes from run to run.
//! The tests compare the two.

mod dtype;
mod foreign;

pub use dtype::Dtype;

use core::{fmt, ops::Range};
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use std::collections::BTreeMap;

/// The largest header that the format allows.
const MAX_LENGTH: u64 = 100_000_000;
/// The number of bytes that hold the header's length.
pub const LENGTH: usize = 8;
/// The one key of the header that is no tensor.
pub const METADATA: &str = "__metadata__";

/// Type, shape and place of a tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The type of the elements.
    pub dtype: Dtype,
    /// Outermost dimension first.
    pub shape: Vec<usize>,
    /// Bytes, counted from the end of the header.
    pub range: Range<usize>,
}

/// Everything that the header says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Texts under names.
    pub metadata: BTreeMap<String, String>,
    /// The tensors under their names.
    pub tensors: BTreeMap<String, Entry>,
}

/// The length of the header of a file, from the first bytes (some hundred, fewer if the file is shorter) of a file of `total` bytes.
///
/// # Errors
/// What the file is instead, or what is wrong with it.
pub fn length(head: &[u8], total: u64) -> Result<usize, String> {
    let announced = head.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
    let plausible = announced.is_some_and(|n| (2..=MAX_LENGTH).contains(&n)) && head.get(LENGTH) == Some(&b'{');
    if !plausible && let Some(what) = foreign::identify(head) {
        return Err(what);
    }
    let left = total.saturating_sub(LENGTH as u64);
    match announced {
        None if total == 0 => Err("it is empty".to_owned()),
        None => Err(format!("it has only {total} bytes, fewer than the length of a header takes")),
        Some(n) if n > MAX_LENGTH => Err(format!(
            "its first 8 bytes announce a header of {n} bytes, but at most {MAX_LENGTH} are allowed: it is damaged or something else"
        )),
        Some(n) if n > left => {
            Err(format!("its header should have {n} bytes, but only {left} follow: it is truncated or something else"))
        }
        Some(n) if !plausible => {
            Err(format!("its header of {n} bytes does not begin with `{{`: it is damaged or something else"))
        }
        // At most 10⁸: fits.
        Some(n) => Ok(n as usize),
    }
}

/// Reads the header and checks it against the number of bytes of data that follow it.
///
/// # Errors
/// What is wrong with the file, with the tensor's name where it is about one.
pub fn parse(text: &[u8], data: u64) -> Result<Header, String> {
    let text = core::str::from_utf8(text).map_err(|e| format!("its header is not UTF-8: {e}"))?;
    let header: Header = serde_json::from_str(text).map_err(|e| format!("its header is damaged: {e}"))?;
    for (name, entry) in &header.tensors {
        check_size(entry).map_err(|problem| format!("tensor `{name}` {problem}"))?;
    }
    check_cover(&header.tensors, data)?;
    Ok(header)
}

/// That type, shape and number of bytes belong together.
fn check_size(Entry { dtype, shape, range }: &Entry) -> Result<(), String> {
    let Range { start, end } = range;
    let Some(given) = end.checked_sub(*start) else {
        return Err(format!("ends at byte {end}, before it begins at byte {start}"));
    };
    let Some(elements) = shape.iter().try_fold(1, |product: usize, dim| product.checked_mul(*dim)) else {
        return Err(format!("has shape {shape:?}, which is more than a computer can hold"));
    };
    // Types of unknown size are not read, so their size need not be checked.
    let Some(bytes) = dtype.bytes() else { return Ok(()) };
    match elements.checked_mul(bytes) {
        Some(needed) if needed == given => Ok(()),
        Some(needed) => Err(format!("of shape {shape:?} and type {dtype} takes {needed} bytes, but has {given}")),
        None => Err(format!("has shape {shape:?}, which is more than a computer can hold")),
    }
}

/// That every byte of the data belongs to exactly one tensor.
fn check_cover(tensors: &BTreeMap<String, Entry>, data: u64) -> Result<(), String> {
    let mut order: Vec<_> = tensors.iter().collect();
    order.sort_by_key(|(_, entry)| (entry.range.start, entry.range.end));
    let mut covered = 0;
    let mut last = "";
    for (name, Entry { range, .. }) in order {
        if range.start < covered {
            return Err(format!(
                "tensor `{name}` begins at byte {}, inside tensor `{last}`, which ends at {covered}",
                range.start
            ));
        }
        if range.start > covered {
            return Err(format!("bytes {covered} to {} before tensor `{name}` belong to no tensor", range.start));
        }
        if range.end as u64 > data {
            let missing = range.end as u64 - data;
            return Err(format!("it is truncated: tensor `{name}` ends {missing} bytes after the end of the file"));
        }
        (covered, last) = (range.end, name);
    }
    match data - covered as u64 {
        0 => Ok(()),
        extra => Err(format!("{extra} bytes at its end belong to no tensor")),
    }
}

/// The header as it stands in the file, with its length before it, padded so that the data begins at a multiple of 8.
pub fn write<'a>(
    metadata: &BTreeMap<String, String>,
    tensors: impl IntoIterator<Item = (&'a str, &'a [usize])>,
) -> Vec<u8> {
    let mut text = format!("{{{}:{{", quoted(METADATA));
    for (i, (key, value)) in metadata.iter().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        text += &format!("{comma}{}:{}", quoted(key), quoted(value));
    }
    text += "}";
    let mut start = 0;
    for (name, shape) in tensors {
        let end = start + 4 * shape.iter().product::<usize>();
        text += &format!(r#",{}:{{"dtype":"F32","shape":{shape:?},"data_offsets":[{start},{end}]}}"#, quoted(name));
        start = end;
    }
    text += "}";
    let length = text.len().next_multiple_of(LENGTH);
    let mut bytes = (length as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(text.as_bytes());
    bytes.resize(LENGTH + length, b' ');
    bytes
}

/// A JSON string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

/// Reads the header entry by entry, so that messages can name the tensor.
struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Header;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with an entry for each tensor")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
        #[derive(serde::Deserialize)]
        struct Info {
            dtype: String,
            shape: Vec<usize>,
            data_offsets: [usize; 2],
        }
        let mut header = Header::default();
        while let Some(name) = map.next_key::<String>()? {
            if name == METADATA {
                header.metadata = map.next_value()?;
                continue;
            }
            let Info { dtype, shape, data_offsets: [start, end] } =
                map.next_value().map_err(|e| de::Error::custom(format!("tensor `{name}`: {e}")))?;
            let entry = Entry { dtype: Dtype::new(&dtype), shape, range: start..end };
            if header.tensors.insert(name.clone(), entry).is_some() {
                return Err(de::Error::custom(format!("tensor `{name}` stands there twice")));
            }
        }
        Ok(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, data: u64) -> String {
        parse(text.as_bytes(), data).unwrap_err()
    }

    fn tensor(dtype: &str, shape: &str, offsets: &str) -> String {
        format!(r#"{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}"#)
    }

    #[test]
    fn what_is_written_is_read() {
        let metadata = BTreeMap::from([("a \"b\"".to_owned(), "ü\n\\".to_owned()), ("z".to_owned(), String::new())]);
        let shapes: [(&str, &[usize]); 3] = [("w\"", &[2, 3]), ("empty", &[0]), ("scalar", &[])];
        let bytes = write(&metadata, shapes);
        assert_eq!(bytes.len() % 8, 0);
        let n = length(&bytes, bytes.len() as u64 + 28).unwrap();
        let header = parse(&bytes[LENGTH..LENGTH + n], 28).unwrap();
        assert_eq!(header.metadata, metadata);
        let names: Vec<_> = header.tensors.keys().map(String::as_str).collect();
        assert_eq!(names, ["empty", "scalar", "w\""]);
        assert_eq!(header.tensors["scalar"], Entry { dtype: Dtype::f32(), shape: vec![], range: 24..28 });
    }

    #[test]
    fn lengths_that_make_no_sense() {
        let announce = |n: u64| [n.to_le_bytes().as_slice(), b"{}"].concat();
        for (head, total, words) in [
            (vec![], 0, "empty"),
            (vec![1, 2, 3], 3, "only 3 bytes"),
            (announce(u64::MAX), 100, "at most 100000000"),
            (announce(100), 50, "only 42 follow: it is truncated"),
            ([2_u64.to_le_bytes().as_slice(), b"[]"].concat(), 10, "does not begin with `{`"),
            (announce(0), 10, "does not begin with `{`"),
        ] {
            let said = length(&head, total).unwrap_err();
            assert!(said.contains(words), "{said}");
        }
        assert_eq!(length(&announce(2), 10), Ok(2));
    }

    #[test]
    fn headers_that_are_no_json_or_say_something_else() {
        for (text, words) in [
            ("{", "EOF"),
            ("{} x", "trailing characters"),
            (r#"{"a":1}"#, "tensor `a`: invalid type"),
            (r#"{"a":{"dtype":"F32","shape":[1]}}"#, "tensor `a`: missing field `data_offsets`"),
            (&format!(r#"{{"a":{}}}"#, tensor("F32", "[-1]", "[0,4]")), "tensor `a`: invalid value: integer `-1`"),
            (&format!(r#"{{"a":{}}}"#, tensor("F32", "[1]", "[0]")), "tensor `a`: invalid length 1"),
            (r#"{"__metadata__":{"a":1}}"#, "expected a string"),
            (&format!(r#"{{"a":{0},"a":{0}}}"#, tensor("F32", "[0]", "[0,0]")), "tensor `a` stands there twice"),
            (&"[".repeat(100_000), "expected an object"),
            (&format!(r#"{{"a":{}"#, "[".repeat(100_000)), "tensor `a`"),
        ] {
            let said = refused(text, 0);
            assert!(said.contains(words), "{said}");
        }
        assert!(parse(b"{\"\xFF\":0}", 0).unwrap_err().contains("not UTF-8"));
    }

    #[test]
    fn sizes_that_contradict_each_other() {
        for (info, words) in [
            (tensor("F32", "[2,3]", "[0,20]"), "takes 24 bytes, but has 20"),
            (tensor("F32", "[1]", "[8,4]"), "ends at byte 4, before it begins at byte 8"),
            (tensor("F32", "[4294967296,4294967296]", "[0,4]"), "more than a computer can hold"),
            (tensor("F64", "[4611686018427387904]", "[0,4]"), "more than a computer can hold"),
            (tensor("F32", "[6]", "[0,24]"), "ends 4 bytes after the end of the file"),
            (tensor("F32", "[4]", "[0,16]"), "4 bytes at its end belong to no tensor"),
            (tensor("F32", "[4]", "[4,20]"), "bytes 0 to 4 before tensor `a`"),
        ] {
            let said = refused(&format!(r#"{{"a":{info}}}"#), 20);
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn tensors_that_overlap_or_leave_a_hole() {
        let two = |a: &str, b: &str| {
            refused(&format!(r#"{{"b":{},"a":{}}}"#, tensor("U8", "[8]", b), tensor("U8", "[8]", a)), 16)
        };
        assert_eq!(two("[0,8]", "[4,12]"), "tensor `b` begins at byte 4, inside tensor `a`, which ends at 8");
        assert_eq!(two("[8,16]", "[8,16]"), "bytes 0 to 8 before tensor `a` belong to no tensor");
    }

    #[test]
    fn offsets_near_the_largest_number_do_not_overflow() {
        let most = usize::MAX;
        let text = format!(
            r#"{{"a":{},"b":{}}}"#,
            tensor("?", "[]", &format!("[0,{most}]")),
            tensor("?", "[]", &format!("[{most},{most}]"))
        );
        assert!(refused(&text, 8).contains("it is truncated: tensor `a`"));
    }
}
