//! Edges: what a line gives must be what the next one takes.

use crate::model::{Model, Shape};
use crate::report::Report;
use proc_macro2::Span;
use quote::quote_spanned;

/// The two ends of an edge.
pub struct Edge<'a> {
    /// The layer that takes, as messages call it.
    pub taker: &'a str,
    /// What it takes.
    pub takes: &'a Shape,
    /// The line that gives.
    pub giver: &'a str,
    /// What it gives.
    pub gives: &'a Shape,
    /// Where a mistake is shown.
    pub span: Span,
    /// What to write instead.
    pub help: &'a str,
}

/// Reports a mismatch that is certain, and leaves a check for one that is possible. Gives whether the edge may hold.
pub fn check(edge: &Edge<'_>, model: &mut Model, report: &mut Report) -> bool {
    let Edge { taker, takes, giver, gives, span, help } = edge;
    if takes.is_unknown() || gives.is_unknown() || takes.same_as(gives) {
        return true;
    }
    if takes.differs_from(gives) {
        report.error_help(span, format!("{}: {taker} takes {takes}, but `{giver}` gives {gives}", model.title), help);
        return false;
    }
    let message = format!("{}: {taker} takes ", model.title);
    let (middle, help) = (format!(", but `{giver}` gives "), format!("\n\nhelp: {help}"));
    let (takes, gives) = (takes.constant(), gives.constant());
    model.checks.push(quote_spanned!(*span=>
        const _: () = ::nn::expand::check_same(#message, #takes, #middle, #gives, #help);
    ));
    true
}
