//! Reads reference values (`tests/reference/cases`, computed by PyTorch in float64) and compares with them.
#![allow(dead_code, reason = "every test file uses its own part")]

use std::collections::BTreeMap;
use std::path::PathBuf;

/// One tensor of a case. Integers are kept as they are, so that labels stay exact.
#[derive(Debug)]
pub enum Values {
    F32(Vec<f32>),
    I32(Vec<i32>),
}

/// The tensors of one case by name.
#[derive(Debug)]
pub struct Case {
    name: String,
    tensors: BTreeMap<String, (Vec<usize>, Values)>,
}

/// Reads `tests/reference/cases/NAME.safetensors`.
pub fn case(name: &str) -> Case {
    let file = format!("{name}.safetensors");
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "tests", "reference", "cases", &file].iter().collect();
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("cannot read `{}`: {error}", path.display()));
    let (length, rest) = bytes.split_first_chunk::<8>().expect("a header length");
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let header: BTreeMap<String, serde_json::Value> = serde_json::from_slice(header).expect("a JSON header");
    let tensors = header.into_iter().filter(|(name, _)| name != "__metadata__").map(|(name, entry)| {
        let numbers = |key: &str| -> Vec<usize> {
            let list = entry[key].as_array().unwrap_or_else(|| panic!("`{name}` has no {key}"));
            list.iter().map(|n| n.as_u64().expect("a whole number") as usize).collect()
        };
        let (shape, offsets) = (numbers("shape"), numbers("data_offsets"));
        let words = data[offsets[0]..offsets[1]].as_chunks::<4>().0;
        let values = match entry["dtype"].as_str() {
            Some("F32") => Values::F32(words.iter().map(|&word| f32::from_le_bytes(word)).collect()),
            Some("I32") => Values::I32(words.iter().map(|&word| i32::from_le_bytes(word)).collect()),
            other => panic!("`{name}` has the element type {other:?}"),
        };
        (name, (shape, values))
    });
    Case { name: name.to_owned(), tensors: tensors.collect() }
}

impl Case {
    fn tensor(&self, name: &str) -> &(Vec<usize>, Values) {
        self.tensors.get(name).unwrap_or_else(|| panic!("case `{}` has no tensor `{name}`", self.name))
    }

    /// The names of all tensors.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Whether there is a tensor of that name.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The shape of a tensor.
    pub fn shape(&self, name: &str) -> &[usize] {
        &self.tensor(name).0
    }

    /// The elements of a tensor of floats.
    pub fn floats(&self, name: &str) -> &[f32] {
        match &self.tensor(name).1 {
            Values::F32(values) => values,
            Values::I32(_) => panic!("`{name}` of case `{}` has integers", self.name),
        }
    }

    /// The elements of a tensor of integers.
    pub fn integers(&self, name: &str) -> &[i32] {
        match &self.tensor(name).1 {
            Values::I32(values) => values,
            Values::F32(_) => panic!("`{name}` of case `{}` has floats", self.name),
        }
    }

    /// Fails unless max|found − expected| ≤ `tolerance` · max|expected|.
    #[track_caller]
    pub fn assert_close(&self, name: &str, found: &[f32], tolerance: f32) {
        assert_close(&format!("{} {name}", self.name), found, self.floats(name), tolerance);
    }
}

/// Fails unless max|found − expected| ≤ `tolerance` · max|expected|. Relative error by element would mean nothing near zero.
#[track_caller]
pub fn assert_close(what: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{what}: wrong number of elements");
    let scale = expected.iter().fold(0.0, |most: f32, v| most.max(v.abs()));
    for (i, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        let error = (found - expected).abs();
        // Written so that NaN fails.
        assert!(
            error <= tolerance * scale,
            "{what}[{i}]: {found} instead of {expected}, off by {error} (scale {scale})"
        );
    }
}
