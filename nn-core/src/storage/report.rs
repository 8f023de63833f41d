//! What of a file and a network belongs together.

use super::Dtype;
use super::nearest::nearest;
use core::fmt;
use nn_spec::Shape;
use std::collections::{BTreeMap, BTreeSet};

/// What loading found: which tensors were loaded, and which were not and why. Displays as a list with hints.
///
/// After a strict load that succeeded only `loaded` has entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Tensors of the network that are in the file with the same shape.
    pub loaded: Vec<String>,
    /// Tensors of the network that are not in the file.
    pub missing: Vec<String>,
    /// Tensors of the file that are not in the network.
    pub unexpected: Vec<String>,
    /// Tensors that are in both, with different shapes.
    pub mis_shaped: Vec<MisShaped>,
    /// Tensors that are in both, but are no floating-point numbers in the file.
    pub mis_typed: Vec<MisTyped>,
    /// Shapes and guesses about what is missing or unexpected.
    notes: BTreeMap<String, String>,
    /// A guess about all of it.
    remark: Option<String>,
}

/// A tensor that has one shape in the file and another in the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MisShaped {
    /// The tensor's name.
    pub name: String,
    /// Its shape in the file. (Not a [`Shape`], because a file may hold tensors of any rank.)
    pub file: Vec<usize>,
    /// Its shape in the network.
    pub network: Shape,
}

/// A tensor whose elements are no floating-point numbers in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MisTyped {
    /// The tensor's name.
    pub name: String,
    /// The type of its elements in the file.
    pub dtype: Dtype,
}

impl Report {
    /// Whether file and network have the same tensors.
    pub fn is_complete(&self) -> bool {
        let Self { loaded: _, missing, unexpected, mis_shaped, mis_typed, notes: _, remark: _ } = self;
        missing.is_empty() && unexpected.is_empty() && mis_shaped.is_empty() && mis_typed.is_empty()
    }

    /// Compares the tensors of a network with those of a file. `tolerated` ones may be in the file without being in the network.
    pub(super) fn compare<'a>(
        network: &[(String, Shape)],
        file: &BTreeMap<&'a str, (&'a Dtype, &'a [usize])>,
        tolerated: impl Fn(&str) -> bool,
    ) -> Self {
        let mut report = Self::default();
        for (name, shape) in network {
            match file.get(name.as_str()) {
                None => report.missing.push(name.clone()),
                Some((_, found)) if *found != shape.dims() => {
                    report.mis_shaped.push(MisShaped { name: name.clone(), file: found.to_vec(), network: *shape });
                }
                Some((dtype, _)) if !dtype.is_float() => {
                    report.mis_typed.push(MisTyped { name: name.clone(), dtype: (*dtype).clone() });
                }
                Some(_) => report.loaded.push(name.clone()),
            }
        }
        let known: BTreeSet<&str> = network.iter().map(|(name, _)| name.as_str()).collect();
        let strangers = file.keys().filter(|name| !known.contains(*name) && !tolerated(name));
        report.unexpected = strangers.map(|name| (*name).to_owned()).collect();
        report.guess(network, file);
        report
    }

    fn guess(&mut self, network: &[(String, Shape)], file: &BTreeMap<&str, (&Dtype, &[usize])>) {
        let shape_of = |name: &str| file.get(name).map_or(&[][..], |(_, shape)| shape);
        for name in &self.unexpected {
            self.notes.insert(name.clone(), format!("{:?}", shape_of(name)));
        }
        self.remark = common_prefix(&self.missing, &self.unexpected);
        // Guessing takes the product of both numbers; hundreds of wrong names mean another network rather than misspellings.
        let guess = self.remark.is_none() && self.missing.len().saturating_mul(self.unexpected.len()) <= 1 << 16;
        for (name, shape) in network.iter().filter(|(name, _)| self.missing.contains(name)) {
            let mut note = shape.to_string();
            if guess {
                let unexpected = || self.unexpected.iter().map(String::as_str);
                let same_shape: Vec<&str> = unexpected().filter(|name| shape_of(name) == shape.dims()).collect();
                if let Some(close) = nearest(name, same_shape.iter().copied()) {
                    note += &format!("; did you mean `{close}` of the file?");
                } else if let [only] = same_shape[..] {
                    note += &format!("; `{only}` of the file has this shape");
                } else if let Some(close) = nearest(name, unexpected()) {
                    note += &format!("; did you mean `{close}` {:?} of the file?", shape_of(close));
                }
            }
            self.notes.insert(name.clone(), note);
        }
    }
}

/// Whether one of two lists of names is the other with something before each name.
fn common_prefix(missing: &[String], unexpected: &[String]) -> Option<String> {
    let prefix_of = |long: &[String], short: &[String]| {
        let (first, names) = (short.first()?, long.iter().map(String::as_str).collect::<BTreeSet<_>>());
        let prefix = long.iter().find_map(|name| name.strip_suffix(first.as_str()).filter(|p| p.ends_with('.')))?;
        short.iter().all(|name| names.contains(format!("{prefix}{name}").as_str())).then(|| prefix.to_owned())
    };
    if let Some(prefix) = prefix_of(unexpected, missing) {
        return Some(format!(
            "in the file these names begin with `{prefix}`, which `Rename::strip_prefix(\"{prefix}\")` takes away"
        ));
    }
    let prefix = prefix_of(missing, unexpected)?;
    Some(format!("in the file these names do not begin with `{prefix}`, which `Rename::add_prefix(\"{prefix}\")` adds"))
}

impl MisShaped {
    /// What would make the file's tensor fit.
    fn hint(&self) -> &'static str {
        let (file, network) = (self.file.as_slice(), self.network.dims());
        let elements = |dims: &[usize]| dims.iter().try_fold(1, |product: usize, dim| product.checked_mul(*dim));
        match (file, network) {
            (&[a, b], &[c, d]) if (a, b) == (d, c) => {
                "; transposed it would fit: matrices are `[out, in]` here as in PyTorch, and `[in, out]` in Keras (`Weights::keras_kernels`)"
            }
            (&[h, w, i, o], network) if [o, i, h, w] == network => {
                "; permuted it would fit: kernels are `[out, in, height, width]` here as in PyTorch, and `[height, width, in, out]` in Keras (`Weights::keras_kernels`)"
            }
            _ if elements(file) == Some(self.network.elements()) => "; the number of elements is the same",
            _ => "",
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { loaded, missing, unexpected, mis_shaped, mis_typed, notes, remark } = self;
        let total = loaded.len() + missing.len() + mis_shaped.len() + mis_typed.len();
        write!(f, "{} of the network's {total} tensors are in the file", loaded.len())?;
        let note = |name: &String| notes.get(name).map_or("", String::as_str);
        for name in missing {
            write!(f, "\n  missing in the file: `{name}` {}", note(name))?;
        }
        for name in unexpected {
            write!(f, "\n  not in the network: `{name}` {}", note(name))?;
        }
        for wrong @ MisShaped { name, file, network } in mis_shaped {
            write!(
                f,
                "\n  of another shape: `{name}` is {file:?} in the file, {network} in the network{}",
                wrong.hint()
            )?;
        }
        for MisTyped { name, dtype } in mis_typed {
            write!(f, "\n  of another type: `{name}` is {dtype} in the file; F32, F64, F16 or BF16 is needed")?;
        }
        remark.iter().try_for_each(|remark| write!(f, "\n  help: {remark}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(network: &[(&str, &[usize])], file: &[(&str, &str, &[usize])]) -> Report {
        let network: Vec<_> = network.iter().map(|(name, dims)| ((*name).to_owned(), Shape::new(dims))).collect();
        let dtypes: Vec<_> = file.iter().map(|(_, dtype, _)| Dtype::new(dtype)).collect();
        let file = file.iter().zip(&dtypes).map(|((name, _, dims), dtype)| (*name, (dtype, *dims))).collect();
        Report::compare(&network, &file, |name| name == "tolerated")
    }

    #[test]
    fn the_same_tensors_are_complete() {
        let report = compare(&[("a", &[2])], &[("a", "F16", &[2]), ("tolerated", "I64", &[])]);
        assert!(report.is_complete());
        assert_eq!(report.to_string(), "1 of the network's 1 tensors are in the file");
    }

    #[test]
    fn every_difference_is_listed_with_a_hint() {
        let report = compare(
            &[
                ("hidden.weight", &[8, 4]),
                ("hidden.bias", &[8]),
                ("out.weight", &[3, 8]),
                ("conv.w", &[5, 1, 3, 2]),
                ("n", &[1]),
            ],
            &[
                ("hiden.weight", "F32", &[8, 4]),
                ("b1", "F32", &[8]),
                ("out.weight", "F32", &[8, 3]),
                ("conv.w", "F32", &[3, 2, 1, 5]),
                ("n", "I64", &[1]),
                ("extra", "F32", &[1, 1, 1, 1, 1, 1, 7]),
            ],
        );
        assert_eq!(
            report.to_string(),
            "0 of the network's 5 tensors are in the file\n  \
             missing in the file: `hidden.weight` [8, 4]; did you mean `hiden.weight` of the file?\n  \
             missing in the file: `hidden.bias` [8]; `b1` of the file has this shape\n  \
             not in the network: `b1` [8]\n  \
             not in the network: `extra` [1, 1, 1, 1, 1, 1, 7]\n  \
             not in the network: `hiden.weight` [8, 4]\n  \
             of another shape: `out.weight` is [8, 3] in the file, [3, 8] in the network; transposed it would fit: matrices are \
             `[out, in]` here as in PyTorch, and `[in, out]` in Keras (`Weights::keras_kernels`)\n  \
             of another shape: `conv.w` is [3, 2, 1, 5] in the file, [5, 1, 3, 2] in the network; permuted it would fit: kernels are \
             `[out, in, height, width]` here as in PyTorch, and `[height, width, in, out]` in Keras (`Weights::keras_kernels`)\n  \
             of another type: `n` is I64 in the file; F32, F64, F16 or BF16 is needed"
        );
    }

    #[test]
    fn a_prefix_is_recognised_in_both_directions() {
        let plain = [("a.weight", [2].as_slice()), ("b.bias", [3].as_slice())];
        let prefixed = [("module.a.weight", [2].as_slice()), ("module.b.bias", [3].as_slice())];
        let in_file = |names: [(&'static str, &'static [usize]); 2]| names.map(|(name, shape)| (name, "F32", shape));
        let text = compare(&plain, &in_file(prefixed)).to_string();
        assert!(text.ends_with("help: in the file these names begin with `module.`, which `Rename::strip_prefix(\"module.\")` takes away"), "{text}");
        let text = compare(&prefixed, &in_file(plain)).to_string();
        assert!(text.ends_with("help: in the file these names do not begin with `module.`, which `Rename::add_prefix(\"module.\")` adds"), "{text}");
    }

    #[test]
    fn shapes_that_overflow_get_no_hint() {
        let report = compare(&[("a", &[0])], &[("a", "?", &[usize::MAX, 2])]);
        assert_eq!(report.mis_shaped[0].hint(), "");
    }
}
