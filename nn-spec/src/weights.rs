//! The names and shapes of a network's tensors as a constant, and how they are held against a file while the program compiles.

mod names;

pub use names::check_names;

use crate::Shape;
use crate::text::Text;

/// The tensors of a layer or a network.
#[derive(Clone, Copy, Debug)]
pub enum Tensors {
    /// Only known when the program runs.
    Unknown,
    /// Those of a layer. One of shape `[0]` is not there.
    Own(&'static [(&'static str, Shape)]),
    /// Those of the lines of a network: the name in files, the number that elements are counted from, and the tensors.
    Lines(&'static [(&'static str, usize, Tensors)]),
    /// Those of so many elements.
    Elements(usize, &'static Tensors),
    /// Those of a low-rank adapter: a file has all of them or, where it is of the network without adapters, none.
    Adapter(&'static Tensors),
}

/// A tensor of a file: its name, after rules for names, and its shape.
pub type InFile = (&'static str, &'static [usize]);

/// A name, or the number of an element, below others.
#[derive(Clone, Copy)]
struct Place<'a> {
    above: Option<&'a Place<'a>>,
    name: &'a str,
    /// The number, where there is no name.
    number: Option<usize>,
}

/// What does not fit.
#[derive(Clone, Copy)]
struct Found {
    text: Text,
    count: usize,
    transposed: bool,
}

/// The number of mistakes that a message lists.
const LISTED: usize = 8;

/// Asserts that a file has the tensors of a network and no others. The message is `subject`, and what is wrong with each tensor.
///
/// # Panics
/// If it has not, with the message.
#[track_caller]
pub const fn check_weights(subject: &str, tensors: &Tensors, file: &[InFile]) {
    let found = Found { text: Text::new().text(subject), count: 0, transposed: false };
    let found = missing(found, tensors, None, 0, file);
    let found = unexpected(found, tensors, file);
    let Found { mut text, count, transposed } = found;
    if count == 0 {
        return;
    }
    if count > LISTED {
        text = text.text("\n- and ").number((count - LISTED) as u64).text(" more");
    }
    if transposed {
        text = text.text(
            "\n\nhelp: a transposed matrix is what Keras has: turn it before, with `storage::Weights` and `to_bytes`",
        );
    }
    text.panic();
}

/// Adds the tensors of the network that the file does not have, or has in another shape.
const fn missing(
    mut found: Found,
    tensors: &Tensors,
    place: Option<&Place<'_>>,
    first: usize,
    file: &[InFile],
) -> Found {
    match tensors {
        Tensors::Unknown => {}
        Tensors::Own(own) => {
            let mut i = 0;
            while i < own.len() {
                let (name, shape) = own[i];
                if !is_absent(&shape) {
                    found = one(found, &Place { above: place, name, number: None }, &shape, file);
                }
                i += 1;
            }
        }
        Tensors::Lines(lines) => {
            let mut i = 0;
            while i < lines.len() {
                let (name, first, tensors) = lines[i];
                found = missing(found, &tensors, Some(&Place { above: place, name, number: None }), first, file);
                i += 1;
            }
        }
        Tensors::Elements(count, tensors) => {
            let mut i = 0;
            while i < *count {
                let element = Place { above: place, name: "", number: Some(first + i) };
                found = missing(found, tensors, Some(&element), 0, file);
                i += 1;
            }
        }
        Tensors::Adapter(tensors) => {
            let mut i = 0;
            while i < file.len() {
                if has(file[i].0.as_bytes(), tensors, place, first) {
                    return missing(found, tensors, place, first, file);
                }
                i += 1;
            }
        }
    }
    found
}

const fn one(mut found: Found, place: &Place<'_>, shape: &Shape, file: &[InFile]) -> Found {
    let mut i = 0;
    while i < file.len() {
        let (name, dims) = file[i];
        if matches!(after(name.as_bytes(), Some(place)), Some(end) if end == name.len()) {
            let (same, transposed) = compare(shape.dims(), dims);
            if !same {
                let text = list(&found).place(place).text(" is ").dims(dims).text(" in the file, but ").shape(shape);
                let text = text.text(" in the network").text(if transposed { ", transposed" } else { "" });
                found = found.with(text, transposed);
            }
            return found;
        }
        i += 1;
    }
    let text = list(&found).place(place).text(" ").shape(shape).text(" is not in the file");
    found.with(text, false)
}

/// Adds the tensors of the file that the network does not have.
const fn unexpected(mut found: Found, tensors: &Tensors, file: &[InFile]) -> Found {
    let mut i = 0;
    while i < file.len() {
        let (name, dims) = file[i];
        if !has(name.as_bytes(), tensors, None, 0) && !ends_with(name.as_bytes(), b"num_batches_tracked") {
            let text = list(&found).text("`").text(name).text("` ").dims(dims).text(" is not in the network");
            found = found.with(text, false);
        }
        i += 1;
    }
    found
}

/// Whether a tensor of this name is in the network, or may be.
const fn has(name: &[u8], tensors: &Tensors, place: Option<&Place<'_>>, first: usize) -> bool {
    match tensors {
        Tensors::Unknown => after(name, place).is_some(),
        Tensors::Own(own) => {
            let mut i = 0;
            while i < own.len() {
                let (tensor, shape) = own[i];
                let whole = after(name, Some(&Place { above: place, name: tensor, number: None }));
                if matches!(whole, Some(end) if end == name.len()) && !is_absent(&shape) {
                    return true;
                }
                i += 1;
            }
            false
        }
        Tensors::Lines(lines) => {
            let mut i = 0;
            while i < lines.len() {
                let (line, first, tensors) = lines[i];
                if has(name, &tensors, Some(&Place { above: place, name: line, number: None }), first) {
                    return true;
                }
                i += 1;
            }
            false
        }
        Tensors::Elements(count, tensors) => {
            let mut i = 0;
            while i < *count {
                if has(name, tensors, Some(&Place { above: place, name: "", number: Some(first + i) }), 0) {
                    return true;
                }
                i += 1;
            }
            false
        }
        Tensors::Adapter(tensors) => has(name, tensors, place, first),
    }
}

const fn is_absent(shape: &Shape) -> bool {
    shape.rank() == 1 && shape.dims()[0] == 0
}

/// Whether two shapes are the same, and else whether they are when one is transposed.
const fn compare(a: &[usize], b: &[usize]) -> (bool, bool) {
    let (mut same, mut turned) = (a.len() == b.len(), a.len() == b.len() && a.len() == 2);
    let mut i = 0;
    while i < a.len() && a.len() == b.len() {
        same = same && a[i] == b[i];
        turned = turned && a[i] == b[a.len() - 1 - i];
        i += 1;
    }
    (same, turned)
}

const fn ends_with(name: &[u8], end: &[u8]) -> bool {
    matches!(name.split_at_checked(name.len().saturating_sub(end.len())), Some((_, last)) if starts(last, 0, end))
}

const fn starts(name: &[u8], at: usize, with: &[u8]) -> bool {
    let mut i = 0;
    while i < with.len() {
        if at + i >= name.len() || name[at + i] != with[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// The end of the place in a name that begins with it; a place without a name takes nothing.
const fn after(name: &[u8], place: Option<&Place<'_>>) -> Option<usize> {
    let Some(place) = place else { return Some(0) };
    let Some(mut at) = after(name, place.above) else { return None };
    if place.name.is_empty() && place.number.is_none() {
        return Some(at);
    }
    if at > 0 {
        if at >= name.len() || name[at] != b'.' {
            return None;
        }
        at += 1;
    }
    match place.number {
        None if starts(name, at, place.name.as_bytes()) => Some(at + place.name.len()),
        None => None,
        Some(number) => {
            let (mut unit, mut rest) = (1, number / 10);
            while rest > 0 {
                (unit, rest) = (unit * 10, rest / 10);
            }
            while unit > 0 {
                if at >= name.len() || name[at] != b'0' + (number / unit % 10) as u8 {
                    return None;
                }
                (at, unit) = (at + 1, unit / 10);
            }
            Some(at)
        }
    }
}

/// The text with the beginning of one more entry.
const fn list(found: &Found) -> Text {
    found.text.text("\n- ")
}

impl Found {
    const fn with(self, text: Text, transposed: bool) -> Self {
        let listed = if self.count < LISTED { text } else { self.text };
        Self { text: listed, count: self.count + 1, transposed: self.transposed || transposed }
    }
}

impl Text {
    /// A place as files have it, in quotes.
    const fn place(self, place: &Place<'_>) -> Self {
        self.text("`").path(place, true).text("`")
    }

    const fn path(mut self, place: &Place<'_>, last: bool) -> Self {
        if let Some(above) = place.above {
            self = self.path(above, false);
        }
        self = match place.number {
            Some(number) => self.number(number as u64),
            None => self.text(place.name),
        };
        if last || place.name.is_empty() && place.number.is_none() { self } else { self.text(".") }
    }

    /// A shape of any rank.
    const fn dims(mut self, dims: &[usize]) -> Self {
        self = self.text("[");
        let mut i = 0;
        while i < dims.len() {
            self = if i > 0 { self.text(", ") } else { self }.number(dims[i] as u64);
            i += 1;
        }
        self.text("]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: Tensors = Tensors::Lines(&[("norm", 0, Tensors::Own(&[("weight", Shape::new(&[4]))]))]);
    const ADAPTER: Tensors = Tensors::Lines(&[
        ("lora_A", 0, Tensors::Own(&[("weight", Shape::new(&[2, 4]))])),
        ("lora_B", 0, Tensors::Own(&[("weight", Shape::new(&[8, 2]))])),
    ]);
    const NET: Tensors = Tensors::Lines(&[
        ("stem", 0, Tensors::Own(&[("weight", Shape::new(&[8, 4])), ("bias", Shape::new(&[0]))])),
        ("blocks", 9, Tensors::Elements(2, &BLOCK)),
        ("", 0, Tensors::Own(&[("scale", Shape::SCALAR)])),
        ("own", 0, Tensors::Unknown),
        ("stem", 0, Tensors::Adapter(&ADAPTER)),
    ]);

    /// What the assertion says; empty if nothing.
    fn said(file: &[InFile]) -> String {
        let file = file.to_vec();
        let said = std::panic::catch_unwind(move || check_weights("network `Net`:", &NET, &file));
        said.err().map_or_else(String::new, |said| *said.downcast::<String>().expect("words"))
    }

    const RIGHT: [InFile; 5] = [
        ("blocks.10.norm.weight", &[4]),
        ("blocks.9.norm.weight", &[4]),
        ("own.whatever", &[1]),
        ("scale", &[]),
        ("stem.weight", &[8, 4]),
    ];

    #[test]
    fn a_file_that_fits_is_silent() {
        assert_eq!(said(&RIGHT), "");
        assert_eq!(said(&[RIGHT.as_slice(), &[("blocks.9.norm.num_batches_tracked", &[])]].concat()), "");
    }

    #[test]
    fn every_tensor_that_does_not_fit_is_named() {
        let [a, _, c, d, _] = RIGHT;
        let found = said(&[a, ("blocks.1.norm.weight", &[4]), c, d, ("stem.weight", &[4, 8]), ("stem.bias", &[8])]);
        for words in [
            "network `Net`:\n",
            "- `stem.weight` is [4, 8] in the file, but [8, 4] in the network, transposed",
            "- `blocks.9.norm.weight` [4] is not in the file",
            "- `blocks.1.norm.weight` [4] is not in the network",
            "- `stem.bias` [8] is not in the network",
            "help: a transposed matrix",
        ] {
            assert!(found.contains(words), "{words}: {found}");
        }
        assert_eq!(found.matches("\n- ").count(), 4, "{found}");
    }

    #[test]
    fn an_adapter_is_there_as_a_whole_or_not_at_all() {
        let whole: [InFile; 2] = [("stem.lora_A.weight", &[2, 4]), ("stem.lora_B.weight", &[8, 2])];
        assert_eq!(said(&[RIGHT.as_slice(), &whole].concat()), "");
        let half = said(&[RIGHT.as_slice(), &whole[..1]].concat());
        assert!(half.ends_with("network `Net`:\n- `stem.lora_B.weight` [8, 2] is not in the file"), "{half}");
        let other = said(&[RIGHT.as_slice(), &[("stem.lora_A.weight", &[3, 4]), whole[1]]].concat());
        let words = "network `Net`:\n- `stem.lora_A.weight` is [3, 4] in the file, but [2, 4] in the network";
        assert!(other.ends_with(words), "{other}");
    }

    #[test]
    fn long_lists_are_cut() {
        let many: Vec<InFile> = [("x", &[1][..]); 20].to_vec();
        let found = said(&many);
        assert!(found.contains("and 16 more"), "{found}");
    }
}
