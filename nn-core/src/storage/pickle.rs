//! A reader of Python's pickles that only reads.
//!
//! A pickle is a program for a stack machine, and Python's own reader lets it call any function. This one knows numbers, texts, lists,
//! tuples and dictionaries, and the few names in [`objects`](super::objects) that tensors are made of; any other name is an error.
//! Memory grows with the length of the pickle only. <https://docs.python.org/3/library/pickletools.html>

mod stack;

use super::objects::{self, Global, Tensor};
use std::collections::BTreeMap;

/// Where a value is in [`Pickle::values`]. Values refer to each other by place, because Python's may be shared and changed later.
pub(super) type Id = usize;

/// What a pickle is made of.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Bool(bool),
    Int(i128),
    Text(String),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Global(Global),
    /// An element type, the key under which the elements lie, and their number.
    Storage(Global, String, usize),
    Tensor(Tensor),
    /// What no tensor depends on.
    Other(&'static str),
}

/// All values of a pickle.
#[derive(Debug)]
pub(super) struct Pickle {
    pub values: Vec<Value>,
    /// The value that was pickled.
    pub root: Id,
    /// Where the pickle ends.
    pub end: usize,
}

/// Reads the pickle that begins at `start`.
pub(super) fn read(bytes: &[u8], start: usize) -> Result<Pickle, String> {
    let (stack, marks, memo) = Default::default();
    let mut machine = Machine { bytes, at: start, values: Vec::new(), stack, marks, memo, copied: 0 };
    loop {
        let at = machine.at;
        match machine.step() {
            Ok(None) => {}
            Ok(Some(root)) => return Ok(Pickle { values: machine.values, root, end: machine.at }),
            Err(problem) => return Err(format!("{problem} (byte {at} of its pickle)")),
        }
    }
}

impl Pickle {
    /// The value at a place.
    pub fn value(&self, id: Id) -> &Value {
        &self.values[id]
    }
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    values: Vec<Value>,
    stack: Vec<Id>,
    /// Where in the stack marks are.
    marks: Vec<usize>,
    memo: BTreeMap<u64, Id>,
    /// How many elements were copied; a pickle that asks for more than it has bytes wants to fill the memory.
    copied: usize,
}

impl Machine<'_> {
    /// Runs one instruction. Returns the result after the last.
    fn step(&mut self) -> Result<Option<Id>, String> {
        let code = self.take(1)?[0];
        match code {
            // What carries no value: the version, and where blocks end.
            0x80 => self.skip(1)?,
            0x95 => self.skip(8)?,
            b'.' => return self.pop().map(Some),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => self.pop_or_mark()?,
            b'1' => drop(self.since_mark()?),
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
            }
            b'N' => self.push(Value::Other("None")),
            0x88 => self.push(Value::Bool(true)),
            0x89 => self.push(Value::Bool(false)),
            b'I' => {
                let line = self.line()?;
                self.push(match line.as_str() {
                    "01" => Value::Bool(true),
                    "00" => Value::Bool(false),
                    text => Value::Int(text.parse().map_err(|_| format!("{text:?} is no number"))?),
                });
            }
            b'L' => {
                let line = self.line()?;
                let value = line.trim_end_matches('L').parse().map(Value::Int);
                self.push(value.unwrap_or(Value::Other("a large number")));
            }
            b'J' => {
                let number = self.number(4)? as u32;
                self.push(Value::Int(i128::from(number.cast_signed())));
            }
            b'K' => self.push_number(1)?,
            b'M' => self.push_number(2)?,
            0x8A => self.long(1)?,
            0x8B => self.long(4)?,
            b'F' => drop(self.line().map(|_| self.push(Value::Other("a number")))?),
            b'G' => self.opaque(8, "a number")?,
            b'S' => {
                let line = self.line()?;
                self.push(Value::Text(line.trim_matches(['\'', '"']).to_owned()));
            }
            b'V' => {
                let line = self.line()?;
                self.push(Value::Text(line));
            }
            b'X' | b'T' => self.text(4)?,
            0x8C | b'U' => self.text(1)?,
            0x8D => self.text(8)?,
            b'C' => self.data(1)?,
            b'B' => self.data(4)?,
            0x8E | 0x96 => self.data(8)?,
            b']' => self.push(Value::List(Vec::new())),
            b')' => self.push(Value::Tuple(Vec::new())),
            b'}' => self.push(Value::Dict(Vec::new())),
            0x8F => self.push(Value::Other("a set")),
            b'l' => {
                let items = self.since_mark()?;
                self.push(Value::List(items));
            }
            b't' => {
                let items = self.since_mark()?;
                self.push(Value::Tuple(items));
            }
            b'd' => {
                let items = self.since_mark()?;
                let pairs = pairs(&items)?;
                self.push(Value::Dict(pairs));
            }
            0x91 => drop(self.since_mark().map(|_| self.push(Value::Other("a set")))?),
            0x90 => drop(self.since_mark()?),
            0x85..=0x87 => {
                let at = self.stack.len().checked_sub(usize::from(code - 0x84)).ok_or("the stack is empty")?;
                let items = self.cut(at)?;
                self.push(Value::Tuple(items));
            }
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' => {
                let items = self.since_mark()?;
                self.append(items)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set(vec![(key, value)])?;
            }
            b'u' => {
                let items = self.since_mark()?;
                self.set(pairs(&items)?)?;
            }
            b'q' => self.put(1)?,
            b'r' => self.put(4)?,
            b'p' => {
                let line = self.line()?;
                let top = self.top()?;
                self.memo.insert(line.parse().map_err(|_| "a place in the memo is no number")?, top);
            }
            0x94 => {
                let top = self.top()?;
                self.memo.insert(self.memo.len() as u64, top);
            }
            b'h' => self.get(1)?,
            b'j' => self.get(4)?,
            b'g' => {
                let line = self.line()?;
                self.recall(line.parse().map_err(|_| "a place in the memo is no number")?)?;
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.push(Value::Global(objects::find(&module, &name)?));
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Value::Text(module), Value::Text(name)) = (&self.values[module], &self.values[name]) else {
                    return Err("it refers to a name that is no text".to_owned());
                };
                let global = objects::find(module, name)?;
                self.push(Value::Global(global));
            }
            b'R' | 0x81 => {
                let (args, function) = (self.pop()?, self.pop()?);
                let result = objects::call(&mut self.values, function, args, &mut self.copied, self.bytes.len())?;
                self.stack.push(result);
            }
            // The attributes of an ordered dictionary: PyTorch's versions of modules.
            b'b' => {
                self.pop()?;
                let top = self.top()?;
                if !matches!(self.values[top], Value::Dict(_)) {
                    return Err("it sets attributes of something that is no dictionary".to_owned());
                }
            }
            b'Q' => {
                let id = self.pop()?;
                let storage = objects::storage(&self.values, id)?;
                self.push(storage);
            }
            b'i' | b'o' | 0x82..=0x84 | 0x92 | b'P' | 0x97 | 0x98 => {
                return Err(format!("it has the instruction {code:#04x}, which {}", objects::REFUSED));
            }
            _ => return Err(format!("{code:#04x} is no instruction: it is damaged")),
        }
        Ok(None)
    }
}

/// Keys and values from a list in which they alternate.
fn pairs(items: &[Id]) -> Result<Vec<(Id, Id)>, String> {
    match items.as_chunks() {
        (pairs, []) => Ok(pairs.iter().map(|[key, value]| (*key, *value)).collect()),
        _ => Err("a dictionary has a key without a value".to_owned()),
    }
}
