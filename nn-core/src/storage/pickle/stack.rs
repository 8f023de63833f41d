//! What the instructions of a pickle are made of: bytes, the stack and the memo.

use super::{Id, Machine, Value};

impl Machine<'_> {
    pub(super) fn take(&mut self, count: usize) -> Result<&[u8], String> {
        let end = self.at.checked_add(count).ok_or("it is truncated")?;
        let taken = self.bytes.get(self.at..end).ok_or("it is truncated")?;
        self.at = end;
        Ok(taken)
    }

    pub(super) fn skip(&mut self, count: usize) -> Result<(), String> {
        self.take(count).map(drop)
    }

    /// A little-endian number.
    pub(super) fn number(&mut self, bytes: usize) -> Result<u64, String> {
        Ok(self.take(bytes)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    pub(super) fn length(&mut self, bytes: usize) -> Result<usize, String> {
        usize::try_from(self.number(bytes)?).map_err(|_| "it is truncated".to_owned())
    }

    /// Text up to the end of the line.
    pub(super) fn line(&mut self) -> Result<String, String> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or("it is truncated")?;
        self.at += end + 1;
        Ok(String::from_utf8_lossy(&rest[..end]).trim_end_matches('\r').to_owned())
    }

    pub(super) fn push(&mut self, value: Value) {
        self.values.push(value);
        self.stack.push(self.values.len() - 1);
    }

    pub(super) fn push_number(&mut self, bytes: usize) -> Result<(), String> {
        let number = self.number(bytes)?;
        self.push(Value::Int(number.into()));
        Ok(())
    }

    pub(super) fn long(&mut self, bytes: usize) -> Result<(), String> {
        let length = self.length(bytes)?;
        let bytes = self.take(length)?;
        let fill = if bytes.last().is_some_and(|byte| *byte >= 0x80) { 0xFF } else { 0 };
        let mut number = [fill; 16];
        let value = match number.get_mut(..length) {
            Some(low) => {
                low.copy_from_slice(bytes);
                Value::Int(i128::from_le_bytes(number))
            }
            None => Value::Other("a large number"),
        };
        self.push(value);
        Ok(())
    }

    pub(super) fn opaque(&mut self, bytes: usize, what: &'static str) -> Result<(), String> {
        self.skip(bytes)?;
        self.push(Value::Other(what));
        Ok(())
    }

    pub(super) fn data(&mut self, bytes: usize) -> Result<(), String> {
        let length = self.length(bytes)?;
        self.opaque(length, "bytes")
    }

    pub(super) fn text(&mut self, bytes: usize) -> Result<(), String> {
        let length = self.length(bytes)?;
        let text = String::from_utf8_lossy(self.take(length)?).into_owned();
        self.push(Value::Text(text));
        Ok(())
    }

    /// The lowest place of the stack above the last mark.
    pub(super) fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    pub(super) fn pop(&mut self) -> Result<Id, String> {
        match self.stack.len() > self.floor() {
            true => self.stack.pop().ok_or_else(|| "the stack is empty".to_owned()),
            false => Err("the stack is empty".to_owned()),
        }
    }

    pub(super) fn pop_or_mark(&mut self) -> Result<(), String> {
        if self.marks.last() == Some(&self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(drop)
    }

    pub(super) fn top(&self) -> Result<Id, String> {
        let top = self.stack.last().filter(|_| self.stack.len() > self.floor());
        top.copied().ok_or_else(|| "the stack is empty".to_owned())
    }

    pub(super) fn cut(&mut self, at: usize) -> Result<Vec<Id>, String> {
        match at >= self.floor() {
            true => Ok(self.stack.split_off(at)),
            false => Err("the stack is empty".to_owned()),
        }
    }

    pub(super) fn since_mark(&mut self) -> Result<Vec<Id>, String> {
        let mark = self.marks.pop().ok_or("there is no mark")?;
        self.cut(mark)
    }

    pub(super) fn append(&mut self, items: Vec<Id>) -> Result<(), String> {
        let top = self.top()?;
        match &mut self.values[top] {
            Value::List(list) => list.extend(items),
            _ => return Err("it appends to something that is no list".to_owned()),
        }
        Ok(())
    }

    pub(super) fn set(&mut self, pairs: Vec<(Id, Id)>) -> Result<(), String> {
        let top = self.top()?;
        match &mut self.values[top] {
            Value::Dict(dict) => dict.extend(pairs),
            _ => return Err("it sets items of something that is no dictionary".to_owned()),
        }
        Ok(())
    }

    pub(super) fn put(&mut self, bytes: usize) -> Result<(), String> {
        let (place, top) = (self.number(bytes)?, self.top()?);
        self.memo.insert(place, top);
        Ok(())
    }

    pub(super) fn get(&mut self, bytes: usize) -> Result<(), String> {
        let place = self.number(bytes)?;
        self.recall(place)
    }

    pub(super) fn recall(&mut self, place: u64) -> Result<(), String> {
        let id = self.memo.get(&place).ok_or_else(|| format!("there is nothing at place {place} of the memo"))?;
        self.stack.push(*id);
        Ok(())
    }
}
