//! The names that a line can take from.

use crate::model::{Model, ValueId};
use crate::names::closest;
use crate::report::Report;
use syn::Ident;

/// The values that have a name so far, and the names that come later.
pub struct Scope {
    known: Vec<(String, ValueId)>,
    announced: Vec<Ident>,
    used: Vec<ValueId>,
    /// What a line without `from` takes.
    pub above: Option<ValueId>,
}

impl Scope {
    /// The inputs of a network.
    pub fn new(model: &Model) -> Self {
        let known: Vec<_> =
            (0..model.inputs.len()).map(|i| (model.value_name(ValueId::Input(i)), ValueId::Input(i))).collect();
        let above = (known.len() == 1).then_some(ValueId::Input(0));
        Self { known, announced: Vec::new(), used: Vec::new(), above }
    }

    /// All names of the network, so that a use before the definition is told from a misspelling.
    pub fn announce(&mut self, names: impl Iterator<Item = Ident>) {
        self.announced.extend(names);
    }

    /// Gives a value its name; a second value of the same name is a mistake.
    pub fn define(&mut self, name: &Ident, value: ValueId, report: &mut Report) {
        let text = name.to_string();
        if text == "input" {
            report.error_help(
                name,
                "a line cannot be called `input`: that names what the network takes",
                "choose another name",
            );
        } else if self.known.iter().any(|(known, _)| *known == text) {
            report.error_help(
                name,
                format!("the name `{name}` is used twice"),
                "names become fields of the struct: choose another",
            );
        } else {
            self.known.push((text, value));
        }
        self.above = Some(value);
    }

    /// The value of this name, which a line called `line` takes.
    pub fn take(&mut self, name: &Ident, line: &Ident, title: &str, report: &mut Report) -> Option<ValueId> {
        let text = name.to_string();
        if let Some((_, value)) = self.known.iter().find(|(known, _)| *known == text) {
            self.used.push(*value);
            return Some(*value);
        }
        if name == line {
            report.error_help(
                name,
                format!("{title}: layer `{line}` takes its own output"),
                "a network has no loops: take another line",
            );
        } else if self.announced.iter().any(|announced| announced == name) {
            let help = format!("move `{name}` above `{line}`");
            report.error_help(name, format!("{title}: layer `{line}` takes `{name}`, which is defined below it"), help);
        } else {
            let help = match closest(&text, self.known.iter().map(|(known, _)| known.as_str())) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("these can be taken: {}", self.list()),
            };
            report.error_help(
                name,
                format!("{title}: layer `{line}` takes `{name}`, but there is no line of that name"),
                help,
            );
        }
        None
    }

    /// The value above, which a line without `from` takes.
    pub fn take_above(&mut self) -> Option<ValueId> {
        self.used.extend(self.above);
        self.above
    }

    /// The value of this name, without taking it.
    pub fn find(&self, name: &Ident) -> Option<ValueId> {
        self.known.iter().find(|(known, _)| name == known).map(|(_, value)| *value)
    }

    /// Whether some line takes the value.
    pub fn is_used(&self, value: ValueId) -> bool {
        self.used.contains(&value)
    }

    /// All names so far.
    pub fn list(&self) -> String {
        let names: Vec<String> = self.known.iter().map(|(name, _)| format!("`{name}`")).collect();
        names.join(", ")
    }
}
