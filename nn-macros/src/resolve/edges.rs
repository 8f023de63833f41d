//! Edges: what a line gives must be what the next one takes.

use crate::model::{Model, Shape};
use crate::report::{Range, Report};
use quote::quote;

/// The two ends of an edge.
pub struct Edge<'a> {
    /// Who takes, with the verb: ``layer `hidden` takes``.
    pub taker: &'a str,
    /// What it takes.
    pub takes: &'a Shape,
    /// Who gives, with the verb: `` `input` gives``.
    pub giver: &'a str,
    /// What it gives.
    pub gives: &'a Shape,
    /// Where a mistake is shown.
    pub place: Range,
    /// What to write instead.
    pub help: &'a str,
}

/// Reports a mismatch that is certain, and leaves a check for one that is possible.
pub fn check(edge: &Edge<'_>, title: &str, model: &mut Model, report: &mut Report) {
    let Edge { taker, takes, giver, gives, place, help } = edge;
    if takes.differs_from(gives) {
        report.error_help(place, format!("{title}: {taker} {takes}, but {giver} {gives}"), help);
    } else if !takes.is_unknown() && !gives.is_unknown() && !takes.same_as(gives) {
        let (subject, middle, help) =
            (format!("{title}: {taker} "), format!(", but {giver} "), format!("\n\nhelp: {help}"));
        let (takes, gives) = (takes.constant(), gives.constant());
        model.check(place, "check_same", quote!(#subject, #takes, #middle, #gives, #help));
    }
}
