//! Checksums in a file's metadata, so that a damaged number is noticed and the tensor it belongs to named.
//!
//! One entry of the metadata, [`KEY`], holds a JSON object: for each tensor the CRC-32 of its type, shape and bytes, and
//! under `__metadata__` that of all other metadata. Files of other origin have none and are read without.

use super::header::{Header, METADATA};
use crc32fast::Hasher;
use std::collections::BTreeMap;

/// The metadata entry with the checksums.
pub(super) const KEY: &str = "nn.checksums";

/// The checksum of a tensor; its bytes are given in pieces.
pub(super) fn of_tensor<'a>(dtype: &str, shape: &[usize], bytes: impl FnOnce(&mut dyn FnMut(&[u8])) + 'a) -> u32 {
    let mut hasher = Hasher::new();
    text(&mut hasher, dtype);
    number(&mut hasher, shape.len());
    shape.iter().for_each(|dim| number(&mut hasher, *dim));
    bytes(&mut |piece| hasher.update(piece));
    hasher.finalize()
}

/// Adds the entry with the checksums to the metadata.
pub(super) fn add<'a>(metadata: &mut BTreeMap<String, String>, tensors: impl IntoIterator<Item = (&'a str, u32)>) {
    metadata.remove(KEY);
    let mut sums: BTreeMap<&str, String> = tensors.into_iter().map(|(name, sum)| (name, hex(sum))).collect();
    sums.insert(METADATA, hex(of_metadata(metadata)));
    let text = serde_json::Value::from_iter(sums).to_string();
    metadata.insert(KEY.to_owned(), text);
}

/// Compares a file with its checksums. Returns whether it has any.
pub(super) fn verify(header: &Header, data: &[u8]) -> Result<bool, String> {
    let Some(text) = header.metadata.get(KEY) else { return Ok(false) };
    let sums: BTreeMap<String, String> =
        serde_json::from_str(text).map_err(|e| format!("its metadata entry `{KEY}` is damaged: {e}"))?;
    if sums.get(METADATA) != Some(&hex(of_metadata(&header.metadata))) {
        return Err("its metadata does not have the checksum it should have: it is damaged".to_owned());
    }
    for (name, entry) in &header.tensors {
        let Some(bytes) = data.get(entry.range.clone()) else {
            return Err(format!("tensor `{name}` ends after the end of the file"));
        };
        let sum = of_tensor(&entry.dtype.to_string(), &entry.shape, |each| each(bytes));
        if sums.get(name) != Some(&hex(sum)) {
            return Err(format!(
                "tensor `{name}` does not have the checksum it should have: it is damaged, or was changed by a program that kept \
                 the old metadata entry `{KEY}`"
            ));
        }
    }
    match sums.keys().find(|name| *name != METADATA && !header.tensors.contains_key(*name)) {
        None => Ok(true),
        Some(gone) => Err(format!("tensor `{gone}` is gone: there is a checksum for it, but no data")),
    }
}

fn of_metadata(metadata: &BTreeMap<String, String>) -> u32 {
    let mut hasher = Hasher::new();
    for (key, value) in metadata.iter().filter(|(key, _)| *key != KEY) {
        text(&mut hasher, key);
        text(&mut hasher, value);
    }
    hasher.finalize()
}

/// With its length before it, so that no two sequences of texts are the same bytes.
fn text(hasher: &mut Hasher, text: &str) {
    number(hasher, text.len());
    hasher.update(text.as_bytes());
}

fn number(hasher: &mut Hasher, number: usize) {
    hasher.update(&(number as u64).to_le_bytes());
}

fn hex(sum: u32) -> String {
    format!("{sum:08x}")
}
