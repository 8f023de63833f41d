//! What a kind is given to plan a line.

use super::{Elementwise, Resolved};
use crate::model::{Model, Shape};
use crate::report::Report;
use crate::syntax::Dim;
use proc_macro2::Span;
use quote::quote_spanned;
use syn::Ident;

/// A line on its way from syntax to model.
pub struct Planner<'a> {
    /// The network so far.
    pub model: &'a mut Model,
    /// Where mistakes go.
    pub report: &'a mut Report,
    /// The name of the line.
    pub line: &'a Ident,
    /// The name of the kind.
    pub kind: &'static str,
    /// The kind as written.
    pub span: Span,
    /// Its arguments.
    pub args: Resolved<'a>,
    /// What its sources are called.
    pub source_names: Vec<String>,
    /// The shapes that its sources give.
    pub inputs: Vec<Shape>,
    /// The activation to compute in the same pass.
    pub activation: Option<Elementwise>,
}

impl Planner<'_> {
    /// The shape that the only source gives.
    pub fn input(&self) -> Shape {
        self.inputs[0].clone()
    }

    /// A mistake of this line: `what` follows ``network `N`: layer `line` ``.
    pub fn error(&mut self, span: Span, what: impl std::fmt::Display, help: impl std::fmt::Display) {
        let message = format!("{}: layer `{}` {what}", self.model.title, self.line);
        self.report.error_help(&span, message, help);
    }

    /// The last dimension of the input, for kinds that work along it. A shape of one dimension is demanded of a type.
    pub fn last_dimension(&mut self) -> Option<Dim> {
        match self.input() {
            Shape::Dims { dims, .. } => dims.last().cloned(),
            shape @ Shape::Of(_) => {
                let (title, line, source) = (&self.model.title, self.line, &self.source_names[0]);
                let message = format!("{title}: layer `{line}` takes one dimension, but `{source}` gives ");
                let found = shape.constant();
                let help = "\n\nhelp: put a `Flatten` line between them";
                self.model.checks.push(quote_spanned!(self.span=>
                    const _: () = ::nn::expand::check_rank(#message, #found, 1, #help);
                ));
                Some(shape.elements())
            }
            Shape::Unknown => None,
        }
    }

    /// Checks an input size that is written against the one that comes in.
    pub fn check_written(&mut self, name: &str, found: &Dim) {
        let (Some(written), Some(span)) = (self.args.left(name), self.args.span(name)) else { return };
        let source = self.source_names[0].clone();
        match (written.value, found.value) {
            (Some(a), Some(b)) if a != b => {
                let size = self.args.size(name).map_or_else(String::new, |size| size.to_string());
                let help = format!(
                    "write `{kind}({found} -> {size})`, or leave the input size out: `{kind}({size})`",
                    kind = self.kind
                );
                self.error(span, format!("takes [{written}], but `{source}` gives [{found}]"), help);
            }
            _ if written.same_as(found) => {}
            _ => {
                let message = format!("{}: layer `{}` takes ", self.model.title, self.line);
                let (middle, help) =
                    (format!(", but `{source}` gives "), "\n\nhelp: leave the input size out, it is inferred");
                let (written, found) = (&written.tokens, &found.tokens);
                self.model.checks.push(quote_spanned!(span=>
                    const _: () = ::nn::expand::check_same(#message, ::nn::Shape::new(&[#written]), #middle, ::nn::Shape::new(&[#found]), #help);
                ));
            }
        }
    }
}
