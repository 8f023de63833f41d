//! Rules for the names of tensors, which the library applies when it loads and the macro when it compiles.

use crate::nearest::nearest;
use regex_lite::Regex;
use std::collections::BTreeMap;

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
    /// Replaces what a regular expression finds; `$1` in the replacement is the text of a group.
    Regex(String, String),
    /// Leaves out what fits a pattern.
    LeaveOut(String),
}

/// What is wrong with a rule, whatever the names are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Which of its texts is wrong; none where they do not fit each other.
    pub text: Option<usize>,
    /// In words.
    pub problem: String,
    /// What to write instead.
    pub help: &'static str,
}

impl Rule {
    /// Whether the rule makes sense.
    pub fn check(&self) -> Result<(), Flaw> {
        match self {
            Self::Pattern(from, to) if from.matches('*').count() != to.matches('*').count() => Err(Flaw {
                text: None,
                problem: format!("`{from}` and `{to}` do not have the same number of `*`"),
                help: "each `*` of the new name takes the text of one in the old name",
            }),
            Self::Regex(pattern, replacement) => compile(pattern, replacement).map(drop),
            _ => Ok(()),
        }
    }

    /// The new names; none for what is left out.
    fn apply(&self, names: &mut [Option<String>]) -> Result<(), Flaw> {
        let regex = match self {
            Self::Regex(pattern, replacement) => Some(compile(pattern, replacement)?),
            _ => self.check().map(|()| None)?,
        };
        for name in names {
            *name = name.take().and_then(|name| self.renamed(name, regex.as_ref()));
        }
        Ok(())
    }

    fn renamed(&self, name: String, regex: Option<&Regex>) -> Option<String> {
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
            Self::Regex(_, replacement) => match regex {
                Some(regex) => regex.replace_all(&name, replacement.as_str()).into_owned(),
                None => name,
            },
            Self::LeaveOut(pattern) if captures(pattern, &name).is_some() => return None,
            Self::Pair(..) | Self::LeaveOut(_) => name,
        })
    }
}

/// The new names, in the order of the old ones; `None` for what is left out. Each rule is applied to what the one before has made.
///
/// # Errors
/// In words, if a rule makes no sense, if a pair names what is not there, or if two names become the same.
pub fn apply<'a>(rules: &[Rule], names: impl IntoIterator<Item = &'a str>) -> Result<Vec<Option<String>>, String> {
    let old: Vec<&str> = names.into_iter().collect();
    let mut names: Vec<Option<String>> = old.iter().map(|name| Some((*name).to_owned())).collect();
    for rule in rules {
        if let Rule::Pair(from, _) = rule
            && !names.iter().flatten().any(|name| name == from)
        {
            let close = nearest(from, names.iter().flatten().map(String::as_str));
            let close = close.map(|close| format!("; did you mean `{close}`?")).unwrap_or_default();
            return Err(format!("there is no tensor `{from}` to be called otherwise{close}"));
        }
        rule.apply(&mut names).map_err(|Flaw { problem, help, .. }| format!("{problem}; {help}"))?;
    }
    let mut origin: BTreeMap<&str, &str> = BTreeMap::new();
    for (old, new) in old.iter().zip(&names).filter_map(|(old, new)| Some((*old, new.as_deref()?))) {
        if let Some(other) = origin.insert(new, old) {
            return Err(format!("`{other}` and `{old}` would both be called `{new}`"));
        }
    }
    Ok(names)
}

fn compile(pattern: &str, replacement: &str) -> Result<Regex, Flaw> {
    let regex = Regex::new(pattern).map_err(|problem| Flaw {
        text: Some(0),
        problem: format!("`{pattern}` is no regular expression: {problem}"),
        help: "a sign that stands for itself has a backslash before it, as in `r\"\\(\"`",
    })?;
    match unknown_group(&regex, replacement) {
        None => Ok(regex),
        Some(group) => Err(Flaw {
            text: Some(1),
            problem: format!("`{replacement}` names group `{group}`, which `{pattern}` does not have"),
            help: match group.trim_start_matches(|c: char| c.is_ascii_digit()).len() {
                rest if rest > 0 && rest < group.len() => "write `${1}x` where letters, digits or `_` follow",
                _ => "`$1` is the text in the first parentheses, `${name}` that in `(?<name>…)`",
            },
        }),
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

/// A group that a replacement names and that the expression does not have: it would silently be replaced by nothing.
fn unknown_group(regex: &Regex, replacement: &str) -> Option<String> {
    let mut rest = replacement;
    while let Some((_, after)) = rest.split_once('$') {
        rest = after;
        if let Some(after) = after.strip_prefix('$') {
            rest = after;
            continue;
        }
        let group = match after.strip_prefix('{').and_then(|after| after.split_once('}')) {
            Some((group, _)) => group,
            None => {
                let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
                &after[..end]
            }
        };
        let known = match group.parse::<usize>() {
            Ok(number) => number < regex.captures_len(),
            Err(_) => group.is_empty() || regex.capture_names().flatten().any(|name| name == group),
        };
        if !known {
            return Some(group.to_owned());
        }
    }
    None
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

    #[test]
    fn flaws_are_of_a_text_or_of_both() {
        let rule = |from: &str, to: &str| Rule::Regex(from.to_owned(), to.to_owned());
        assert_eq!(rule(r"^b(\d+)\.", "blocks.$1.").check(), Ok(()));
        for (flawed, text) in [
            (rule("b(", "x"), Some(0)),
            (rule("b", "$1"), Some(1)),
            (rule("(?<n>b)", "$m"), Some(1)),
            (Rule::Pattern("*.a".to_owned(), "b".to_owned()), None),
        ] {
            let flaw = flawed.check().expect_err("a flaw");
            assert_eq!(flaw.text, text, "{flaw:?}");
            assert_eq!(apply(&[flawed], ["a"]), Err(format!("{}; {}", flaw.problem, flaw.help)));
        }
    }
}
