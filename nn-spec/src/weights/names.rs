//! Whether a file can tell all tensors of a network apart.

use super::{Place, Tensors, after, is_absent};
use crate::text::Text;

/// Asserts that no two tensors of a network have the same name in files. The message is `subject`, the name, `end`.
///
/// ```
/// use nn_spec::{Shape, Tensors, check_names};
/// const DENSE: Tensors = Tensors::Own(&[("weight", Shape::new(&[3, 3]))]);
/// const _: () = check_names("two are called `", &Tensors::Lines(&[("l3", 0, DENSE), ("", 0, DENSE)]), "`");
/// ```
///
/// ```compile_fail
/// use nn_spec::{Shape, Tensors, check_names};
/// const DENSE: Tensors = Tensors::Own(&[("weight", Shape::new(&[3, 3]))]);
/// const INNER: Tensors = Tensors::Lines(&[("l3", 0, DENSE)]);
/// const _: () = check_names("two are called `", &Tensors::Lines(&[("l3", 0, DENSE), ("", 0, INNER)]), "`");
/// ```
///
/// # Panics
/// If two have, with the message.
#[track_caller]
pub const fn check_names(subject: &str, tensors: &Tensors, end: &str) {
    if let Some(name) = twice(tensors, tensors, None, 0) {
        Text::new().text(subject).text(name.as_str()).text(end).panic();
    }
}

/// The first name among `tensors` that `all` have more than once.
const fn twice(all: &Tensors, tensors: &Tensors, place: Option<&Place<'_>>, first: usize) -> Option<Text> {
    match tensors {
        Tensors::Unknown => {}
        Tensors::Own(own) => {
            let mut i = 0;
            while i < own.len() {
                let (name, shape) = own[i];
                let name = Text::new().path(&Place { above: place, name, number: None }, true);
                if !is_absent(&shape) && count(name.as_str().as_bytes(), all, None, 0) > 1 {
                    return Some(name);
                }
                i += 1;
            }
        }
        Tensors::Lines(lines) => {
            let mut i = 0;
            while i < lines.len() {
                let (name, first, tensors) = lines[i];
                let found = twice(all, &tensors, Some(&Place { above: place, name, number: None }), first);
                if found.is_some() {
                    return found;
                }
                i += 1;
            }
        }
        Tensors::Elements(elements, tensors) => {
            let mut i = 0;
            while i < *elements {
                let found = twice(all, tensors, Some(&Place { above: place, name: "", number: Some(first + i) }), 0);
                if found.is_some() {
                    return found;
                }
                i += 1;
            }
        }
        Tensors::Adapter(tensors) => return twice(all, tensors, place, first),
    }
    None
}

/// How many of the tensors have this name.
const fn count(name: &[u8], tensors: &Tensors, place: Option<&Place<'_>>, first: usize) -> usize {
    let (mut found, mut i) = (0, 0);
    match tensors {
        Tensors::Unknown => {}
        Tensors::Own(own) => {
            while i < own.len() {
                let (tensor, shape) = own[i];
                let whole = after(name, Some(&Place { above: place, name: tensor, number: None }));
                found += (matches!(whole, Some(end) if end == name.len()) && !is_absent(&shape)) as usize;
                i += 1;
            }
        }
        Tensors::Lines(lines) => {
            while i < lines.len() {
                let (line, first, tensors) = lines[i];
                let below = Place { above: place, name: line, number: None };
                if after(name, Some(&below)).is_some() {
                    found += count(name, &tensors, Some(&below), first);
                }
                i += 1;
            }
        }
        Tensors::Elements(elements, tensors) => {
            while i < *elements {
                let below = Place { above: place, name: "", number: Some(first + i) };
                if after(name, Some(&below)).is_some() {
                    found += count(name, tensors, Some(&below), 0);
                }
                i += 1;
            }
        }
        Tensors::Adapter(tensors) => return count(name, tensors, place, first),
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Shape;

    const DENSE: Tensors = Tensors::Own(&[("weight", Shape::new(&[3, 3])), ("bias", Shape::new(&[0]))]);
    const INNER: Tensors = Tensors::Lines(&[("l3", 0, DENSE)]);
    const ARRAY: Tensors = Tensors::Elements(2, &INNER);

    /// The name that two have; empty if none.
    fn said(lines: &'static [(&'static str, usize, Tensors)]) -> String {
        let said = std::panic::catch_unwind(move || check_names("", &Tensors::Lines(lines), ""));
        said.err().map_or_else(String::new, |said| *said.downcast::<String>().expect("words"))
    }

    #[test]
    fn names_that_meet_across_levels_are_found() {
        assert_eq!(said(&[("l3", 0, DENSE), ("", 0, INNER)]), "l3.weight");
        assert_eq!(said(&[("b.l3", 0, DENSE), ("b", 0, INNER)]), "b.l3.weight");
        assert_eq!(said(&[("b.1.l3", 0, DENSE), ("b", 0, ARRAY)]), "b.1.l3.weight");
        assert_eq!(said(&[("b", 1, ARRAY), ("b.2", 0, INNER)]), "b.2.l3.weight");
        assert_eq!(said(&[("", 0, DENSE), ("", 0, Tensors::Adapter(&DENSE))]), "weight");
    }

    #[test]
    fn names_that_only_begin_alike_are_fine() {
        assert_eq!(said(&[("l3", 0, DENSE), ("l3.l3", 0, DENSE), ("l", 0, INNER), ("", 0, DENSE)]), "");
        assert_eq!(said(&[("b", 1, ARRAY), ("b.0", 0, INNER), ("b.10", 0, INNER), ("b.l3", 0, DENSE)]), "");
        // A bias that is not there is called nothing, and what is not known cannot be compared.
        const BIAS: Tensors = Tensors::Own(&[("bias", Shape::new(&[0]))]);
        assert_eq!(said(&[("", 0, DENSE), ("own", 0, Tensors::Unknown), ("", 0, BIAS)]), "");
    }
}
