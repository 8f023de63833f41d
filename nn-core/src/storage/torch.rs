//! PyTorch's `.pt` and `.pth` files: a zip archive with a pickle and an entry for each storage, or, before version 1.6, several pickles and
//! the storages in a row.
//!
//! `torch/serialization.py` in PyTorch is the only description of the format.

use super::array::{Array, Data};
use super::objects::{self, Global};
use super::pickle::{self, Id, Pickle, Value};
use super::zip::Entry;
use super::{Dtype, nearest::nearest};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// What legacy files begin with, as a pickled number.
const MAGIC: i128 = 0x1950_A86A_20F9_469C_FC6C;
/// How deep dictionaries of tensors are looked for.
const MAX_DEPTH: usize = 8;
/// How many of them there may be, and how long keys may be, so that paths do not fill the memory.
const MAX_PARTS: usize = 1000;
const MAX_NAME: usize = 1000;
/// How many of them a message lists.
const LISTED: usize = 20;

type Arrays = BTreeMap<String, Array>;

/// Reads an archive, of which `root` is the folder that has `data.pkl`.
pub(super) fn archive(
    file: &[u8],
    entries: &BTreeMap<String, Entry>,
    root: &str,
    part: Option<&str>,
) -> Result<Arrays, String> {
    let place = |name: &str| -> Result<Range<usize>, String> {
        let name = format!("{root}/{name}");
        let refuse = |problem: &str| format!("its entry {name:?} {problem}");
        let entry = entries.get(&name).ok_or_else(|| refuse("is missing"))?;
        if !entry.is_stored() {
            return Err(refuse("is compressed, which PyTorch never does; write it again by `torch.save`"));
        }
        if entry.has_checksum() {
            entry.read(file).map_err(|problem| refuse(&problem))?;
        }
        Ok(entry.range.clone())
    };
    if entries.contains_key(&format!("{root}/constants.pkl")) {
        return Err("it is a TorchScript program; write its weights in Python by `torch.save(torch.jit.load(path).state_dict(), …)`"
            .to_owned());
    }
    if entries.contains_key(&format!("{root}/byteorder")) && file[place("byteorder")?] != *b"little" {
        return Err(BIG_ENDIAN.to_owned());
    }
    let pickle = pickle::read(&file[place("data.pkl")?], 0)?;
    let mut known = BTreeMap::new();
    collect(&pickle, part, &mut |key| match known.get(key) {
        Some(place) => Ok(Range::clone(place)),
        None => {
            let found = place(&format!("data/{key}"))?;
            known.insert(key.to_owned(), found.clone());
            Ok(found)
        }
    })
}

const BIG_ENDIAN: &str = "it was written on a big-endian machine; load and save it on a little-endian one";

/// Whether a file begins as a pickle does.
pub(super) fn is_pickle(head: &[u8]) -> bool {
    matches!(head, [0x80, 2..=5, ..])
}

/// Reads a file of the older format.
pub(super) fn legacy(file: &[u8], part: Option<&str>) -> Result<Arrays, String> {
    let magic = pickle::read(file, 0);
    if !matches!(magic.as_ref().map(|magic| magic.value(magic.root)), Ok(Value::Int(MAGIC))) {
        let why = magic.err().map(|problem| format!(": {problem}")).unwrap_or_default();
        return Err(format!("it is a Python pickle that `torch.save` has not written{why}"));
    }
    let version = pickle::read(file, magic?.end)?;
    if !matches!(version.value(version.root), Value::Int(1001)) {
        return Err("it has a version of the format that is not known".to_owned());
    }
    let system = pickle::read(file, version.end)?;
    let little = entry(&system, system.root, "little_endian").map(|id| system.value(id));
    if !matches!(little, Some(Value::Bool(true))) {
        return Err(BIG_ENDIAN.to_owned());
    }
    let object = pickle::read(file, system.end)?;
    let keys = pickle::read(file, object.end)?;
    let Value::List(order) = keys.value(keys.root) else { return Err("its list of storages is damaged".to_owned()) };

    let sizes: BTreeMap<&str, usize> = object.values.iter().filter_map(storage_size).collect();
    let mut places = BTreeMap::new();
    let mut at = keys.end;
    for key in order {
        let Value::Text(key) = keys.value(*key) else { return Err("its list of storages is damaged".to_owned()) };
        let size = sizes.get(key.as_str()).ok_or_else(|| format!("no tensor uses its storage {key:?}"))?;
        let count = file.get(at..).and_then(<[u8]>::first_chunk).map(|bytes| u64::from_le_bytes(*bytes));
        let bytes = count.and_then(|count| usize::try_from(count).ok()).and_then(|count| count.checked_mul(*size));
        let end = bytes.and_then(|bytes| (at + 8).checked_add(bytes)).filter(|end| *end <= file.len());
        let end = end.ok_or_else(|| format!("it is truncated inside storage {key:?}"))?;
        places.insert(key.as_str(), at + 8..end);
        at = end;
    }
    if at != file.len() {
        return Err(format!("{} bytes at its end belong to no storage", file.len() - at));
    }
    collect(&object, part, &mut |key| places.get(key).cloned().ok_or_else(|| format!("its storage {key:?} is missing")))
}

/// Key and element size of a storage.
fn storage_size(value: &Value) -> Option<(&str, usize)> {
    match value {
        Value::Storage(Global::Type(dtype), key, _) => Some((key, Dtype::new(dtype).bytes()?)),
        Value::Storage(_, key, _) => Some((key, 1)),
        _ => None,
    }
}

/// The tensors of the part, or of the only dictionary that has any.
fn collect(
    pickle: &Pickle,
    part: Option<&str>,
    place: &mut dyn FnMut(&str) -> Result<Range<usize>, String>,
) -> Result<Arrays, String> {
    let mut parts = Vec::new();
    find_parts(pickle, pickle.root, "", &mut BTreeSet::new(), 0, &mut parts);
    let list = || {
        let shown: Vec<_> =
            parts.iter().take(LISTED).map(|(name, _, count)| format!("\"{name}\" ({count} tensors)")).collect();
        let more = parts.len().saturating_sub(LISTED);
        shown.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
    };
    let chosen = match (part, parts.as_slice()) {
        (None, [(_, dict, _)]) => *dict,
        (_, []) => return Err(format!("it has no dictionary of tensors, but {}", describe(pickle))),
        (None, _) => {
            return Err(format!(
                "it has several dictionaries of tensors: {}; choose one by `Weights::open_part(path, \"{}\")`",
                list(),
                parts.iter().find(|(name, ..)| !name.is_empty()).map_or("", |(name, ..)| name)
            ));
        }
        (Some(part), _) => match parts.iter().find(|(name, ..)| name == part) {
            Some((_, dict, _)) => *dict,
            None => {
                let close = nearest(part, parts.iter().map(|(name, ..)| name.as_str()));
                let close = close.map(|close| format!("; did you mean \"{close}\"?")).unwrap_or_default();
                return Err(format!("it has no dictionary of tensors \"{part}\", but {}{close}", list()));
            }
        },
    };
    let Value::Dict(items) = pickle.value(chosen) else { return Ok(Arrays::new()) };
    let mut arrays = Arrays::new();
    for (key, value) in items {
        if let (Value::Text(name), Value::Tensor(tensor)) = (pickle.value(*key), pickle.value(*value)) {
            let array = array(pickle, tensor, place).map_err(|problem| format!("tensor `{name}` {problem}"))?;
            arrays.insert(name.clone(), array);
        }
    }
    Ok(arrays)
}

/// Path, place and number of tensors of every dictionary that has tensors under texts and is reached by texts. (The optimiser's state, whose
/// keys are numbers, is none.)
fn find_parts(
    pickle: &Pickle,
    id: Id,
    path: &str,
    seen: &mut BTreeSet<Id>,
    depth: usize,
    parts: &mut Vec<(String, Id, usize)>,
) {
    let Value::Dict(items) = pickle.value(id) else { return };
    if depth > MAX_DEPTH || parts.len() >= MAX_PARTS || !seen.insert(id) {
        return;
    }
    let named = items.iter().filter_map(|(key, value)| match pickle.value(*key) {
        Value::Text(key) if key.len() <= MAX_NAME => Some((key, *value)),
        _ => None,
    });
    let tensors = named.clone().filter(|(_, value)| matches!(pickle.value(*value), Value::Tensor(_))).count();
    if tensors > 0 {
        parts.push((path.to_owned(), id, tensors));
    }
    for (key, value) in named {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        find_parts(pickle, value, &path, seen, depth + 1, parts);
    }
}

fn array(
    pickle: &Pickle,
    tensor: &objects::Tensor,
    place: &mut dyn FnMut(&str) -> Result<Range<usize>, String>,
) -> Result<Array, String> {
    let Value::Storage(kind, key, count) = pickle.value(tensor.storage) else {
        return Err("has no storage".to_owned());
    };
    let range = place(key)?;
    let size = match kind {
        Global::Type(dtype) => Dtype::new(dtype).bytes(),
        _ => Some(1),
    };
    if size.and_then(|size| size.checked_mul(*count)) != Some(range.len()) {
        return Err(format!("has a storage of {count} elements in {} bytes", range.len()));
    }
    let (shape, strides) =
        (objects::sizes(&pickle.values, tensor.shape)?, objects::sizes(&pickle.values, tensor.strides)?);
    Array::strided(tensor.dtype.clone(), shape, strides, tensor.offset, Data::Plain(range))
}

/// The value under a key.
fn entry(pickle: &Pickle, dict: Id, name: &str) -> Option<Id> {
    let Value::Dict(items) = pickle.value(dict) else { return None };
    items.iter().rev().find(|(key, _)| matches!(pickle.value(*key), Value::Text(key) if key == name)).map(|item| item.1)
}

/// What a pickle has instead of a dictionary of tensors.
fn describe(pickle: &Pickle) -> String {
    let what = match pickle.value(pickle.root) {
        Value::Dict(items) => {
            let keys = items.iter().filter_map(|(key, _)| match pickle.value(*key) {
                Value::Text(key) => Some(format!("\"{}\"", key.chars().take(60).collect::<String>().escape_debug())),
                _ => None,
            });
            let keys: Vec<_> = keys.take(LISTED).collect();
            if keys.is_empty() { "an empty dictionary".into() } else { format!("a dictionary of {}", keys.join(", ")) }
        }
        Value::Tensor(_) => "a single tensor".to_owned(),
        Value::List(_) | Value::Tuple(_) => "a list".to_owned(),
        Value::Text(_) => "a text".to_owned(),
        Value::Other(what) => (*what).to_owned(),
        _ => "something else".to_owned(),
    };
    format!("{what}; write it again by `torch.save(model.state_dict(), path)`")
}
