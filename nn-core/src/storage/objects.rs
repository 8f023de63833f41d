//! The names that a pickle of tensors may use, and what they stand for. Nothing is called: what the names would make in Python is made
//! here, from data.

use super::Dtype;
use super::pickle::{Id, Value};

/// How messages about names that are not known end.
pub(super) const REFUSED: &str = "a file of weights has no need for. The file was read as data, nothing in it was executed. If you trust \
                                  it, load it in Python and write it again by `torch.save(model.state_dict(), path)`";

/// The highest rank that is read.
const MAX_RANK: usize = 64;

/// A name of Python's that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Global {
    OrderedDict,
    /// `torch.Size`: a tuple.
    Size,
    /// What makes something that no tensor depends on.
    Inert(&'static str),
    /// A class of tensors, which is mentioned only.
    Class,
    /// An element type of storages or tensors, by its name here.
    Type(&'static str),
    /// Storages of bytes, whose tensors know their type.
    Untyped,
    RebuildTensor,
    RebuildTypedTensor,
    RebuildParameter,
    RebuildFromType,
}

/// A tensor as a view of a storage.
#[derive(Clone, Debug)]
pub(super) struct Tensor {
    pub dtype: Dtype,
    /// The place of the storage among the values.
    pub storage: Id,
    pub offset: usize,
    /// The places of the tuples.
    pub shape: Id,
    pub strides: Id,
}

/// What a name stands for.
pub(super) fn find(module: &str, name: &str) -> Result<Global, String> {
    Ok(match (module, name) {
        ("collections", "OrderedDict") => Global::OrderedDict,
        ("torch", "Size") => Global::Size,
        ("torch", "device") => Global::Inert("a device"),
        ("_codecs", "encode") => Global::Inert("bytes"),
        ("__builtin__" | "builtins", "set" | "frozenset") => Global::Inert("a set"),
        ("torch.nn.parameter", "Parameter" | "Buffer") | ("torch", "Tensor") => Global::Class,
        ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Global::RebuildTensor,
        ("torch._utils", "_rebuild_tensor_v3") => Global::RebuildTypedTensor,
        ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => Global::RebuildParameter,
        ("torch._tensor", "_rebuild_from_type_v2") => Global::RebuildFromType,
        ("torch" | "torch.storage", "UntypedStorage") => Global::Untyped,
        ("torch", name) => Global::Type(match name {
            "FloatStorage" | "float32" => "F32",
            "DoubleStorage" | "float64" => "F64",
            "HalfStorage" | "float16" => "F16",
            "BFloat16Storage" | "bfloat16" => "BF16",
            "LongStorage" | "int64" => "I64",
            "IntStorage" | "int32" => "I32",
            "ShortStorage" | "int16" => "I16",
            "CharStorage" | "int8" => "I8",
            "ByteStorage" | "uint8" => "U8",
            "BoolStorage" | "bool" => "BOOL",
            "uint16" => "U16",
            "uint32" => "U32",
            "uint64" => "U64",
            "ComplexFloatStorage" | "complex64" => "C64",
            "float8_e5m2" => "F8_E5M2",
            "float8_e4m3fn" => "F8_E4M3",
            _ => return Err(refuse(module, name)),
        }),
        _ => return Err(refuse(module, name)),
    })
}

fn refuse(module: &str, name: &str) -> String {
    let short = |text: &str| text.chars().take(100).collect::<String>().escape_debug().to_string();
    format!("it wants to use Python's `{}.{}`, which {REFUSED}", short(module), short(name))
}

/// What the call of a name makes. Returns its place. `copied` counts copies, of which there may be `most`.
pub(super) fn call(
    values: &mut Vec<Value>,
    function: Id,
    args: Id,
    copied: &mut usize,
    most: usize,
) -> Result<Id, String> {
    let (Value::Global(global), Value::Tuple(arguments)) = (&values[function], &values[args]) else {
        return Err(format!("it calls something that is no function, which {REFUSED}"));
    };
    let (mut global, mut arguments) = (*global, arguments.as_slice());
    if global == Global::RebuildFromType {
        // The function that makes the tensor, a class, the function's arguments, attributes.
        let inner = match arguments {
            [function, _, args, _] => Some((&values[*function], &values[*args])),
            _ => None,
        };
        let Some((Value::Global(function), Value::Tuple(inner))) = inner else {
            return Err("it makes a tensor from arguments that are not known".to_owned());
        };
        (global, arguments) = (*function, inner);
    }
    let value = match (global, arguments) {
        (Global::OrderedDict, []) => Value::Dict(Vec::new()),
        (Global::OrderedDict, [list]) => Value::Dict(dict(values, *list, copied, most)?),
        (Global::Size, []) => Value::Tuple(Vec::new()),
        (Global::Size, [dims]) if matches!(values[*dims], Value::Tuple(_)) => return Ok(*dims),
        (Global::Size, [dims]) => match &values[*dims] {
            Value::List(dims) if dims.len() <= MAX_RANK => Value::Tuple(dims.clone()),
            _ => return Err("it has a shape that is no list of numbers".to_owned()),
        },
        (Global::Inert(what), _) => Value::Other(what),
        (Global::RebuildTensor, [storage, offset, shape, strides, rest @ ..]) => {
            // Whether it needs a gradient, and hooks; then what else is to be done with it.
            if let Some(Value::Dict(more)) = rest.get(2).map(|id| &values[*id])
                && !more.is_empty()
            {
                return Err("it has a tensor that is conjugated or negated when it is read".to_owned());
            }
            let Value::Storage(kind, ..) = values[*storage] else {
                return Err("it has a tensor without storage".into());
            };
            let Global::Type(dtype) = kind else { return Err("it has a tensor of unknown type".into()) };
            Value::Tensor(tensor(values, dtype, *storage, *offset, *shape, *strides)?)
        }
        (Global::RebuildTypedTensor, [storage, offset, shape, strides, _, _, dtype, ..]) => {
            let Value::Global(Global::Type(dtype)) = values[*dtype] else {
                return Err("it has a tensor of unknown type".to_owned());
            };
            Value::Tensor(tensor(values, dtype, *storage, *offset, *shape, *strides)?)
        }
        (Global::RebuildParameter, [tensor, ..]) if matches!(values[*tensor], Value::Tensor(_)) => return Ok(*tensor),
        _ => return Err("it makes a tensor from arguments that are not known".to_owned()),
    };
    values.push(value);
    Ok(values.len() - 1)
}

/// A dictionary from a list of pairs, as Python 2 has written it.
fn dict(values: &[Value], list: Id, copied: &mut usize, most: usize) -> Result<Vec<(Id, Id)>, String> {
    let Value::List(items) = &values[list] else { return Err("it makes a dictionary from something else".to_owned()) };
    *copied += items.len();
    if *copied > most {
        return Err("it makes copies of copies".to_owned());
    }
    let pair = |item: &Id| match &values[*item] {
        Value::Tuple(pair) | Value::List(pair) if pair.len() == 2 => Ok((pair[0], pair[1])),
        _ => Err("it makes a dictionary from something that is no pair".to_owned()),
    };
    items.iter().map(pair).collect()
}

fn tensor(values: &[Value], dtype: &str, storage: Id, offset: Id, shape: Id, strides: Id) -> Result<Tensor, String> {
    if !matches!(values[storage], Value::Storage(..)) {
        return Err("it has a tensor without storage".to_owned());
    }
    let offset = size(values, offset)?;
    Ok(Tensor { dtype: Dtype::new(dtype), storage, offset, shape, strides })
}

/// A number that counts something.
fn size(values: &[Value], id: Id) -> Result<usize, String> {
    match values[id] {
        Value::Int(number) => usize::try_from(number).map_err(|_| format!("{number} is no size")),
        _ => Err("a size is no number".to_owned()),
    }
}

/// The sizes in a tuple.
pub(super) fn sizes(values: &[Value], id: Id) -> Result<Vec<usize>, String> {
    match &values[id] {
        Value::Tuple(sizes) if sizes.len() <= MAX_RANK => sizes.iter().map(|id| size(values, *id)).collect(),
        _ => Err("has a shape that is no tuple of numbers".to_owned()),
    }
}

/// A storage from `('storage', type, key, device, number of elements)`, after which older versions have written a view.
pub(super) fn storage(values: &[Value], id: Id) -> Result<Value, String> {
    let Value::Tuple(parts) = &values[id] else {
        return Err("it refers to something outside of the pickle".to_owned());
    };
    let (&[tag, kind, key, _, count], view) = parts.split_first_chunk().ok_or("a storage is incomplete")?;
    if !matches!(&values[tag], Value::Text(tag) if tag == "storage") {
        return Err("it refers to something outside of the pickle that is no storage".to_owned());
    }
    if !view.iter().all(|id| matches!(values[*id], Value::Other("None"))) {
        return Err("it has views of storages, as versions of PyTorch before 0.4 wrote; write it again by a newer one"
            .to_owned());
    }
    let kind = match values[kind] {
        Value::Global(kind @ (Global::Type(_) | Global::Untyped)) => kind,
        _ => return Err("a storage has elements of unknown type".to_owned()),
    };
    let key = match &values[key] {
        Value::Text(key) => key.clone(),
        Value::Int(key) => key.to_string(),
        _ => return Err("a storage has no key".to_owned()),
    };
    Ok(Value::Storage(kind, key, size(values, count)?))
}
