//! `GruCell(128) from (x, state)`, `LstmCell(128) from (x, state)`, `RnnCell(128) from (x, state)`.

use super::{Axes, Form, Kind, Param, Plan, Planner, Takes};
use crate::model::{Mirror, Op, Order, Shape};
use crate::syntax::Dim;
use quote::{format_ident, quote};

/// A step of a gated recurrent unit.
pub const GRU_CELL: Kind = Kind {
    name: "GruCell",
    params: &[Param::required("units", Form::Sizes, "128"), Param::optional("bias", Form::Bool, "false")],
    takes: Takes::Step,
    tokens: false,
    fuses: false,
    axes: Axes::Other,
    plan,
};

/// A step of a simple recurrence.
pub const RNN_CELL: Kind = Kind { name: "RnnCell", ..GRU_CELL };

/// A step of long short-term memory, whose state has two parts.
pub const LSTM_CELL: Kind = Kind { name: "LstmCell", ..GRU_CELL };

fn plan(planner: &mut Planner<'_>) -> Option<Plan> {
    let (input, source, kind) = (planner.input(), planner.source_names[0].clone(), planner.kind);
    let units = planner.size("units");
    let state = units.as_ref().map(|units| state_of(kind, units));
    if let Some(dims) = input.dims().filter(|dims| dims.len() != 1) {
        let help = match dims.len() {
            2 => format!("along a sequence there is `{}`; a step takes one position", kind.trim_end_matches("Cell")),
            _ => "put a `Flatten` line before it".to_owned(),
        };
        let what = format!("takes the [features] of one step, but `{source}` gives {input}, {} dimensions", dims.len());
        let span = planner.span;
        planner.error(&span, what, help);
        return state.map(Plan::broken);
    }
    if let Some(found) = planner.last_dimension() {
        planner.check_written("units", &found);
    }
    let (units, state) = (units?, state?);
    let Some(found) = planner.inputs.get(1).cloned().filter(|_| !input.is_unknown()) else {
        return Some(Plan::broken(state));
    };
    if !check_state(planner, &units, &state, &found) {
        // Which of both was meant is open.
        return None;
    }
    let rest = (!planner.args.flag("bias").unwrap_or(true)).then(|| quote!(, false));
    let (from, ty, name) = (input.ty(), state.ty(), format_ident!("{kind}"));
    let op = Op::Layer {
        ty: quote!(::nn::layers::#name<#from, #ty #rest>),
        new: quote!(::nn::layers::#name::new()),
        mirror: Mirror::Value,
        recast: false,
        order: Order::Fixed,
    };
    Some(Plan { takes: vec![input, state.clone()], gives: state, op })
}

/// The shape of the state: h, and of an LSTM c beside it.
fn state_of(kind: &str, units: &Dim) -> Shape {
    let parts = (kind == LSTM_CELL.name).then(|| Dim::known(2));
    Shape::values(parts.into_iter().chain([units.clone()]).collect())
}

/// Compares the state that comes in with the one that goes out; false if they differ for certain.
fn check_state(planner: &mut Planner<'_>, units: &Dim, state: &Shape, found: &Shape) -> bool {
    let (kind, source, span) = (planner.kind, planner.source_names[1].clone(), planner.span);
    let takes = format!("has a state of {state}");
    let help = match found.dims().and_then(<[Dim]>::last).filter(|last| state_of(kind, last).same_as(found)) {
        Some(last) => format!("write `{kind}({last})`, or let `{source}` give {state}"),
        None if state.dims().is_some_and(|dims| dims.len() == 2) => {
            format!("the state is h, then c: let `{source}` give [2, {units}]")
        }
        None => format!("let `{source}` give {state}"),
    };
    if state.differs_from(found) {
        planner.error(&span, format!("{takes}, but `{source}` gives {found}"), help);
        return false;
    }
    if !state.same_as(found) && !found.is_unknown() {
        let message = format!("{}: layer `{}` has a state of ", planner.model.title, planner.line);
        let (middle, help) = (format!(", but `{source}` gives "), format!("\n\nhelp: {help}"));
        let (needed, given) = (state.constant(), found.constant());
        planner.model.check(&span, "check_same", quote!(#message, #needed, #middle, #given, #help));
    }
    true
}
