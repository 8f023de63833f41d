//! Rules for the names of tensors, which the library applies when it loads and the macro when it compiles.

/// One rule, for one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Takes a beginning away.
    Strip(String),
    /// Puts a beginning before the name.
    Add(String),
    /// Gives one tensor another name.
    Pair(String, String),
    /// Gives another name to what fits a pattern; the `*`s of both sides belong together.
    Pattern(String, String),
    /// Leaves out what fits a pattern.
    LeaveOut(String),
}

impl Rule {
    /// The new name; none for what is left out.
    pub fn apply(&self, name: String) -> Option<String> {
        Some(match self {
            Self::Strip(prefix) => name.strip_prefix(prefix.as_str()).map(str::to_owned).unwrap_or(name),
            Self::Add(prefix) => format!("{prefix}{name}"),
            Self::Pair(from, to) if name == *from => to.clone(),
            Self::Pattern(from, to) => match captures(from, &name) {
                None => name,
                Some(texts) => {
                    let mut pieces = to.split('*');
                    let first = pieces.next().unwrap_or_default().to_owned();
                    pieces.zip(texts).fold(first, |new, (piece, text)| new + text + piece)
                }
            },
            Self::LeaveOut(pattern) if captures(pattern, &name).is_some() => return None,
            Self::Pair(..) | Self::LeaveOut(_) => name,
        })
    }
}

/// The texts for which the `*`s of a pattern stand, if the name fits.
pub fn captures<'a>(pattern: &str, name: &'a str) -> Option<Vec<&'a str>> {
    let Some((first, rest)) = pattern.split_once('*') else { return (pattern == name).then(Vec::new) };
    let mut left = name.strip_prefix(first)?;
    let mut texts = Vec::new();
    let mut pieces = rest.split('*').peekable();
    while let Some(piece) = pieces.next() {
        // The last piece ends the name; every other one stands where it first occurs, which leaves most to the following ones.
        let at = if pieces.peek().is_none() {
            left.ends_with(piece).then(|| left.len() - piece.len())?
        } else {
            left.find(piece)?
        };
        texts.push(&left[..at]);
        left = &left[at + piece.len()..];
    }
    Some(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, name, expected) in [
            ("a.b", "a.b", Some(vec![])),
            ("a.b", "a.bc", None),
            ("*", "", Some(vec![""])),
            ("*.weight", "a.b.weight", Some(vec!["a.b"])),
            ("layers.*.w*", "layers.12.weight", Some(vec!["12", "eight"])),
            ("*.a.*", "x.a.y.a.z", Some(vec!["x", "y.a.z"])),
            ("ab*ba", "aba", None),
            ("*é*", "né!", Some(vec!["n", "!"])),
            ("**", "ab", Some(vec!["", "ab"])),
        ] {
            assert_eq!(captures(pattern, name), expected, "{pattern} {name}");
        }
    }
}
