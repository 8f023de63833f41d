//! The names that a line can take from.

use super::Siblings;
use crate::model::{Model, ValueId};
use crate::names::closest;
use crate::report::Report;
use quote::format_ident;
use syn::Ident;

/// The values that have a name so far, and the names that come later.
pub struct Scope<'a> {
    known: Vec<(Ident, ValueId)>,
    announced: Vec<Ident>,
    used: Vec<ValueId>,
    /// What a line without `from` takes.
    pub above: Option<ValueId>,
    /// Whether a name could not be found. What nobody takes may then be what was meant.
    pub lost: bool,
    /// The networks of the same call.
    pub siblings: &'a Siblings,
    /// The name of the network, also in its bodies.
    pub network: &'a Ident,
    /// The names of the network around this body, which a body cannot take.
    outside: Vec<Ident>,
}

impl<'a> Scope<'a> {
    /// The inputs of a network.
    pub fn new(model: &Model, network: &'a Ident, siblings: &'a Siblings) -> Self {
        let name = |name: &Option<Ident>| name.clone().unwrap_or_else(|| format_ident!("input"));
        let known: Vec<_> =
            model.inputs.iter().enumerate().map(|(i, port)| (name(&port.name), ValueId::Input(i))).collect();
        let above = (known.len() == 1).then_some(ValueId::Input(0));
        let (announced, used, outside) = (Vec::new(), Vec::new(), Vec::new());
        Self { known, announced, used, above, lost: false, siblings, network, outside }
    }

    /// The input of a body inside the network of this scope.
    pub fn inside(&self, body: &Model) -> Self {
        let names = self.known.iter().map(|(name, _)| name).chain(&self.outside);
        Self { outside: names.cloned().collect(), ..Self::new(body, self.network, self.siblings) }
    }

    /// All names of the network, so that a use before the definition is told from a misspelling.
    pub fn announce(&mut self, names: impl Iterator<Item = Ident>) {
        self.announced.extend(names);
    }

    /// Gives a value its name; a second value of the same name is a mistake. Gives whether there was none.
    pub fn define(&mut self, name: &Ident, value: ValueId, title: &str, report: &mut Report) -> bool {
        self.above = Some(value);
        let known = self.known.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
        if name == "input" {
            let message = format!("{title}: a line cannot be called `input`, which is what the network takes");
            report.error_help(name, message, "choose another name");
        } else if let Some(known) = known {
            let what = if matches!(known, ValueId::Input(_)) { "an input and a line" } else { "two lines" };
            let help = "choose another name: lines become fields of the struct";
            report.error_help(name, format!("{title}: {what} are called `{name}`"), help);
        } else {
            self.known.push((name.clone(), value));
        }
        known.is_none()
    }

    /// What the line above gives after its activations.
    pub fn replace_above(&mut self, value: ValueId) {
        let before = self.above.replace(value);
        for (_, known) in self.known.iter_mut().filter(|(_, known)| Some(*known) == before) {
            *known = value;
        }
    }

    /// The value of this name, which a line called `line` takes.
    pub fn take(&mut self, name: &Ident, line: &Ident, title: &str, report: &mut Report) -> Option<ValueId> {
        if let Some((_, value)) = self.known.iter().find(|(known, _)| known == name) {
            self.used.push(*value);
            return Some(*value);
        }
        self.lost = true;
        if name == line {
            let help = "a network has no loops: take another line";
            report.error_help(name, format!("{title}: layer `{line}` takes its own output"), help);
        } else if self.announced.contains(name) {
            let help = format!("move `{name}` above `{line}`");
            report.error_help(name, format!("{title}: layer `{line}` takes `{name}`, which is defined below it"), help);
        } else if self.outside.contains(name) {
            let message = format!("{title}: layer `{line}` takes `{name}`, which is outside of the body");
            let help = "the lines of a body take what the body takes, which they call `input`";
            report.error_help(name, message, help);
        } else {
            let help = match self.closest(name) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("these can be taken: {}", self.list()),
            };
            let message = format!("{title}: layer `{line}` takes `{name}`, but there is no line of that name");
            report.error_help(name, message, help);
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

    /// Whether there is a line of this name further down.
    pub fn comes_later(&self, name: &Ident) -> bool {
        self.announced.contains(name)
    }

    /// Whether some line takes the value.
    pub fn is_used(&self, value: ValueId) -> bool {
        self.used.contains(&value)
    }

    /// The name so far that was probably meant.
    pub fn closest(&self, name: &Ident) -> Option<String> {
        let names: Vec<String> = self.known.iter().map(|(known, _)| known.to_string()).collect();
        closest(&name.to_string(), names.iter().map(String::as_str)).map(str::to_owned)
    }

    /// All names so far.
    pub fn list(&self) -> String {
        let names: Vec<String> = self.known.iter().map(|(name, _)| format!("`{name}`")).collect();
        names.join(", ")
    }
}
