//! From the names in a file to the names in a network.

use crate::{Error, Result};
use nn_spec::rename::{self, Rule};

/// Rules that turn the names of a file into those of a network. They are applied to every name one after the other, each to what the one
/// before has made.
///
/// In patterns each `*` stands for any text, also none and also with dots, as little as possible of it; the `*`s of the new name take the
/// texts in the same order. A rule that fits no name changes nothing, so that one set of rules serves files with and without a prefix;
/// only [`pair`](Self::pair), which names one tensor, must find it. [`regex`](Self::regex) is for what `*` cannot say.
///
/// ```
/// use nn_core::storage::Rename;
/// let rules = Rename::new()
///     .strip_prefix("module.")
///     .pattern("layers.*.ff.*", "blocks.*.dense.*")
///     .regex(r"^conv(\d+)\.", "convs.$1.")
///     .pair("fc.weight", "logits.weight")
///     .leave_out("*.position_ids");
/// let file = ["module.layers.0.ff.bias", "module.conv2.bias", "module.fc.weight", "module.text.position_ids"];
/// let names = rules.apply(file)?;
/// assert_eq!(names[0].as_deref(), Some("blocks.0.dense.bias"));
/// assert_eq!(names[1].as_deref(), Some("convs.2.bias"));
/// assert_eq!(names[2].as_deref(), Some("logits.weight"));
/// assert_eq!(names[3], None);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rename {
    rules: Vec<Rule>,
}

impl Rename {
    /// No rules: all names stay.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a beginning away where names have it: `module.` of PyTorch's `DataParallel`.
    pub fn strip_prefix(self, prefix: impl Into<String>) -> Self {
        self.with(Rule::Strip(prefix.into()))
    }

    /// Puts a beginning before all names: `backbone.` for the weights of a network that is now a part of another.
    pub fn add_prefix(self, prefix: impl Into<String>) -> Self {
        self.with(Rule::Add(prefix.into()))
    }

    /// Gives one tensor another name.
    pub fn pair(self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.with(Rule::Pair(from.into(), to.into()))
    }

    /// Gives other names to all that fit a pattern. Both sides have the same number of `*`.
    pub fn pattern(self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.with(Rule::Pattern(from.into(), to.into()))
    }

    /// Replaces everything in a name that a regular expression finds. `$1` or `${1}` in the replacement is the text of the first group, `${name}` that of
    /// a group with a name, `$$` a dollar sign; the syntax is that of the crate [`regex-lite`](https://docs.rs/regex-lite/latest/regex_lite/#syntax).
    ///
    /// `^` and `$` bind the expression to the beginning and the end of the name: `conv` alone is also found in `preconv`.
    pub fn regex(self, pattern: impl Into<String>, replacement: impl Into<String>) -> Self {
        self.with(Rule::Regex(pattern.into(), replacement.into()))
    }

    /// Leaves out what fits a pattern, as if it were not in the file: a head that is not wanted.
    pub fn leave_out(self, pattern: impl Into<String>) -> Self {
        self.with(Rule::LeaveOut(pattern.into()))
    }

    fn with(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// The new names, in the order of the old ones; `None` for what is left out.
    ///
    /// # Errors
    /// [`Error::Argument`] if two names become the same, if a [`pair`](Self::pair) names what is not there, if the sides of a
    /// [`pattern`](Self::pattern) do not have the same number of `*`, if a [`regex`](Self::regex) is none, or if its replacement names a group that it
    /// does not have.
    pub fn apply<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<Vec<Option<String>>> {
        rename::apply(&self.rules, names).map_err(|problem| Error::argument("Rename", problem))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_follow_each_other() {
        let rules = Rename::new().strip_prefix("m.").pattern("*.gamma", "*.weight").add_prefix("net.");
        let names = rules.apply(["m.n.gamma", "n.beta"]).unwrap();
        assert_eq!(names, [Some("net.n.weight".to_owned()), Some("net.n.beta".to_owned())]);
    }

    #[test]
    fn regular_expressions() {
        let renamed = |rules: Rename, name| rules.apply([name]).unwrap().remove(0).unwrap();
        let blocks = Rename::new().regex(r"^blocks\.(\d+)\.bn(\d)\.", "stages.$1.${2}_norm.");
        assert_eq!(renamed(blocks.clone(), "blocks.12.bn3.weight"), "stages.12.3_norm.weight");
        assert_eq!(renamed(blocks, "my.blocks.12.bn3.weight"), "my.blocks.12.bn3.weight");
        assert_eq!(renamed(Rename::new().regex("(?<kind>gamma|beta)$", "${kind}$$"), "n.gamma"), "n.gamma$");
        assert_eq!(renamed(Rename::new().regex("[._]", "-"), "a.b_c"), "a-b-c");
    }

    #[test]
    fn rules_that_make_no_sense() {
        let said = |rules: Rename| rules.apply(["fc.weight", "m.fc.weight"]).unwrap_err().to_string();
        assert_eq!(
            said(Rename::new().strip_prefix("m.")),
            "Rename: `fc.weight` and `m.fc.weight` would both be called `fc.weight`"
        );
        assert_eq!(
            said(Rename::new().pair("fc.wieght", "x")),
            "Rename: there is no tensor `fc.wieght` to be called otherwise; did you mean `fc.weight`?"
        );
        let no_regex = said(Rename::new().regex("fc(", "x"));
        assert!(no_regex.starts_with("Rename: `fc(` is no regular expression: "), "{no_regex}");
        assert_eq!(
            said(Rename::new().regex(r"(f)c", "$1x")),
            "Rename: `$1x` names group `1x`, which `(f)c` does not have; write `${1}x` where letters, digits or `_` follow"
        );
        assert_eq!(
            said(Rename::new().pattern("*.a", "b")),
            "Rename: `*.a` and `b` do not have the same number of `*`; each `*` of the new name takes the text of one in the old name"
        );
    }
}
