//! `Flatten`, `Reshape([16, 7, 7])`: the same numbers under another shape.

use super::{Axes, Form, Kind, Param, Plan, Planner, Takes};
use crate::model::{Op, Shape};
use crate::names::constant;
use quote::quote;

/// All dimensions as one.
pub const FLATTEN: Kind = Kind {
    name: "Flatten",
    params: &[],
    takes: Takes::One,
    tokens: true,
    fuses: false,
    axes: Axes::Other,
    plan: flatten,
};

/// Other dimensions with the same product.
pub const RESHAPE: Kind = Kind {
    name: "Reshape",
    params: &[Param::required("shape", Form::Shape, "[16, 7, 7]")],
    takes: Takes::One,
    tokens: true,
    fuses: false,
    axes: Axes::Other,
    plan: reshape,
};

fn flatten(planner: &mut Planner<'_>) -> Option<Plan> {
    let input = planner.input();
    if input.is_unknown() {
        return None;
    }
    let name = format!("{}_LEN", constant(&planner.line.to_string()));
    let elements = planner.model.derived_size(&name, input.elements());
    let gives = match &input {
        Shape::Dims { element, .. } => Shape::Dims { element: *element, dims: vec![elements] },
        _ => Shape::values(vec![elements]),
    };
    Some(Plan { takes: vec![input], gives, op: Op::View })
}

fn reshape(planner: &mut Planner<'_>) -> Option<Plan> {
    let input = planner.input();
    let (mut gives, place) = (planner.shape("shape")?, planner.args.place("shape")?);
    if let (Shape::Dims { element: to, .. }, Shape::Dims { element: from, .. }) = (&mut gives, &input) {
        *to = *from;
    }
    if input.is_unknown() {
        return Some(Plan::broken(gives));
    }
    let (found, needed) = (input.elements(), gives.elements());
    let source = planner.source_names[0].clone();
    if found.differs_from(&needed) {
        let what = format!("makes {needed} elements of {gives}, but `{source}` gives {input}, {found} elements");
        planner.error(&place, what, format!("the dimensions must multiply to {found}"));
        return Some(Plan::broken(gives));
    }
    if !found.same_as(&needed) {
        let message = format!("{}: layer `{}` makes ", planner.model.title, planner.line);
        let middle = format!(", but `{source}` gives ");
        let (needed, found) = (gives.constant(), input.constant());
        planner.model.check(&place, "check_elements", quote!(#message, #needed, #middle, #found));
    }
    Some(Plan { takes: vec![input], gives, op: Op::View })
}
