//! NumPy's files: `.npy`, one array, and `.npz`, a zip archive of them.
//!
//! An array is a few bytes, a Python dictionary in words (`{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`) and the elements.
//! <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>

use super::Dtype;
use super::array::{Array, Data};
use super::zip::Entry;
use std::collections::BTreeMap;

pub(super) const MAGIC: &[u8] = b"\x93NUMPY";
/// How long the dictionary may be. NumPy itself reads 10 000 bytes.
const MAX_HEADER: usize = 1 << 16;

/// The array that is a whole file.
pub(super) fn array(file: &[u8]) -> Result<Array, String> {
    let (header, start) = header(file).map_err(|problem| format!("it {problem}"))?;
    header.array(Data::Plain(start..file.len())).map_err(|problem| format!("its array {problem}"))
}

/// The arrays of an archive, under their names without `.npy`.
pub(super) fn archive(file: &[u8], entries: BTreeMap<String, Entry>) -> Result<BTreeMap<String, Array>, String> {
    let mut arrays = BTreeMap::new();
    for (name, entry) in entries {
        let Some(name) = name.strip_suffix(".npy") else { continue };
        let array = || {
            let (header, start) = header(&entry.head(file, MAX_HEADER + 12)?)?;
            if start > entry.size {
                return Err("is truncated".to_owned());
            }
            header.array(Data::Packed(entry, start))
        };
        arrays.insert(name.to_owned(), array().map_err(|problem| format!("array `{name}` {problem}"))?);
    }
    Ok(arrays)
}

#[derive(Debug, PartialEq)]
struct Header {
    dtype: Dtype,
    fortran: bool,
    shape: Vec<usize>,
}

impl Header {
    fn array(self, data: Data) -> Result<Array, String> {
        if self.fortran {
            return Array::fortran(self.dtype, self.shape, data);
        }
        Array::plain(self.dtype, self.shape, data)
    }
}

/// The header, and how many bytes stand before the elements.
fn header(bytes: &[u8]) -> Result<(Header, usize), String> {
    let rest = bytes.strip_prefix(MAGIC).ok_or("does not begin as NumPy's arrays do")?;
    let (length, before) = match rest {
        [1, _, a, b, ..] => (u32::from(u16::from_le_bytes([*a, *b])), 10),
        [2 | 3, _, a, b, c, d, ..] => (u32::from_le_bytes([*a, *b, *c, *d]), 12),
        [1..=3, ..] | [] => return Err("is truncated".to_owned()),
        [version, ..] => return Err(format!("has version {version} of the format, which is not known")),
    };
    let length = length as usize;
    if length > MAX_HEADER {
        return Err(format!("announces a header of {length} bytes; at most {MAX_HEADER} are read"));
    }
    let text = bytes.get(before..before + length).ok_or("is truncated inside its header")?;
    let text = core::str::from_utf8(text).map_err(|_| "has a header that is no text")?;
    parse(text).map(|header| (header, before + length)).ok_or_else(|| {
        let shown: String = text.chars().take(120).collect();
        format!("has a header that cannot be read: {:?}", shown.trim())
    })
}

fn parse(text: &str) -> Option<Header> {
    let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let (mut dtype, mut fortran, mut shape) = (None, None, None);
    while !rest.is_empty() {
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let (key, after) = rest[1..].split_once(quote)?;
        let after = after.trim_start().strip_prefix(':')?;
        let (value, after) = after.split_at(value_length(after));
        let value = value.trim();
        match key {
            "descr" => dtype = Some(element(value)?),
            "fortran_order" => fortran = Some(value == "True").filter(|f| *f || value == "False"),
            "shape" => shape = Some(dimensions(value)?),
            _ => return None,
        }
        rest = after.strip_prefix(',').unwrap_or(after).trim();
    }
    Some(Header { dtype: dtype?, fortran: fortran?, shape: shape? })
}

/// Up to the comma after a value, which may have commas within brackets and quotes.
fn value_length(text: &str) -> usize {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

/// The element type. What is none that tensors have keeps NumPy's name, so that the other arrays of an archive can be read.
fn element(value: &str) -> Option<Dtype> {
    if value.starts_with('[') {
        return Some(Dtype::new("structured"));
    }
    let name = value.strip_prefix(['\'', '"'])?.strip_suffix(['\'', '"'])?;
    Some(Dtype::new(match name {
        "<f2" => "F16",
        "<f4" => "F32",
        "<f8" => "F64",
        "<c8" => "C64",
        "|i1" => "I8",
        "<i2" => "I16",
        "<i4" => "I32",
        "<i8" => "I64",
        "|u1" => "U8",
        "<u2" => "U16",
        "<u4" => "U32",
        "<u8" => "U64",
        "|b1" => "BOOL",
        other => return Some(Dtype::new(&format!("NumPy's `{other}`"))),
    }))
}

fn dimensions(value: &str) -> Option<Vec<usize>> {
    let inner = value.strip_prefix('(')?.strip_suffix(')')?.trim();
    let inner = inner.strip_suffix(',').unwrap_or(inner);
    if inner.is_empty() {
        return Some(Vec::new());
    }
    // Python 2 has written `3L`.
    inner.split(',').map(|dim| dim.trim().trim_end_matches('L').parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_as_numpy_writes_them() {
        for (text, dtype, fortran, shape) in [
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }   \n", "F32", false, [3, 4].as_slice()),
            ("{'descr': '<f8', 'fortran_order': True, 'shape': (3L,), }", "F64", true, &[3]),
            ("{'shape': (), 'fortran_order': False, 'descr': '|u1'}", "U8", false, &[]),
            (
                "{'descr': [('a', '<f4'), ('b,', '|O')], 'fortran_order': False, 'shape': (1,)}",
                "structured",
                false,
                &[1],
            ),
            ("{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}", "NumPy's `>f4`", false, &[1]),
        ] {
            let expected = Header { dtype: Dtype::new(dtype), fortran, shape: shape.to_vec() };
            assert_eq!(parse(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn headers_that_make_no_sense() {
        for text in [
            "",
            "{}",
            "{'descr': '<f4', 'fortran_order': False}",
            "{'descr': '<f4', 'fortran_order': 1, 'shape': (3,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'x': 1}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3,",
            "{'é",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
