//! `same_as first`: the weights of another line.

use super::builder::{Builder, Layer};
use super::edges::{Edge, check};
use crate::kinds::Plan;
use crate::model::{Mirror, Op, Shape, ValueId};
use crate::report::Range;
use syn::Ident;

impl Builder<'_, '_> {
    /// The line with the weights of `other`.
    pub fn same(&mut self, word: &Ident, other: &Ident) -> Option<Layer> {
        let Some(ValueId::Node(value)) = self.scope.find(other) else {
            let what = format!("is the same as `{other}`, ");
            match (self.scope.find(other), self.scope.closest(other)) {
                (Some(_), _) => self.error(other, what + "which is an input", "name a line with weights"),
                _ if other == self.line => self.error(other, what + "which is itself", "name a line above it"),
                _ if self.scope.comes_later(other) => {
                    self.error(
                        other,
                        what + "which is defined below it",
                        format!("move `{other}` above `{}`", self.line),
                    );
                }
                (None, Some(meant)) => {
                    self.error(other, what + "but there is no line of that name", format!("did you mean `{meant}`?"));
                }
                _ => self.error(other, what + "but there is no line of that name", "name a line above it"),
            }
            return None;
        };
        // An activation behind `+` may be a node of its own: the weights are those of the first node of the line.
        let of = self.model.nodes.iter().position(|node| node.line == *other).unwrap_or(value);
        let node = &self.model.nodes[of];
        let (takes, gives, of) = match node.op {
            Op::Layer { mirror, .. } if mirror != Mirror::Nothing => (node.takes.clone(), node.gives.clone(), of),
            Op::Same { of } => (node.takes.clone(), node.gives.clone(), of),
            Op::Broken => return None,
            _ => {
                let (what, kind) = (format!("is the same as `{other}`, which has no weights"), node.kind.clone());
                self.error(other, what, format!("write `{}: {kind}`", self.line));
                return None;
            }
        };
        let found = match takes.as_slice() {
            [_] => vec![self.one("same_as", word)],
            _ if self.inputs.len() == takes.len() => self.inputs.clone(),
            _ => {
                let (needed, count) = (takes.len(), self.inputs.len());
                let what = format!("is the same as `{other}`, which takes {needed} values, not {count}");
                let help = format!("write `{}: same_as {other} from (…)` with {needed} names of lines", self.line);
                self.error(other, what, help);
                return None;
            }
        };
        let taker = format!("layer `{}` (the same as `{other}`) takes", self.line);
        let title = self.model.title.clone();
        for ((takes, gives), source) in takes.iter().zip(&found).zip(self.source_names()) {
            let giver = format!("`{source}` gives");
            let help = format!("the same weights take the same shape: give {takes} here, or write a layer of its own");
            let edge = Edge { taker: &taker, takes, giver: &giver, gives, place: Range::of(other), help: &help };
            check(&edge, &title, self.model, self.report);
        }
        let op = if found.iter().any(Shape::is_unknown) { Op::Broken } else { Op::Same { of } };
        Some(Layer { kind: format!("same as {other}"), plan: Plan { takes, gives, op } })
    }
}
