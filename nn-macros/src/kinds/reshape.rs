//! `Flatten`, `Reshape([16, 7, 7])`: the same numbers under another shape.

use super::{Form, Kind, Param, Plan, Planner, Takes};
use crate::model::{Op, Shape};
use crate::names::constant;
use quote::quote_spanned;

/// All dimensions as one.
pub const FLATTEN: Kind = Kind { name: "Flatten", params: &[], takes: Takes::One, fuses: false, plan: flatten };

/// Other dimensions with the same product.
pub const RESHAPE: Kind = Kind {
    name: "Reshape",
    params: &[Param::required("shape", Form::Shape)],
    takes: Takes::One,
    fuses: false,
    plan: reshape,
};

fn flatten(planner: &mut Planner<'_>) -> Option<Plan> {
    let input = planner.input();
    let name = format!("{}_LEN", constant(&planner.line.to_string()));
    let elements = planner.model.named_size(&name, input.elements());
    Some(Plan { takes: vec![input], gives: Shape::values(vec![elements]), op: Op::View })
}

fn reshape(planner: &mut Planner<'_>) -> Option<Plan> {
    let input = planner.input();
    let written = planner.args.shape("shape")?;
    let gives = Shape::from(written);
    let (found, needed) = (input.elements(), gives.elements());
    let source = planner.source_names[0].clone();
    match (found.value, needed.value) {
        (Some(a), Some(b)) if a != b => {
            let help = format!("the dimensions must multiply to {a}");
            planner.error(
                written.span,
                format!("makes {b} elements of {gives}, but `{source}` gives {input}, {a} elements"),
                help,
            );
            return None;
        }
        (Some(_), Some(_)) => {}
        _ => {
            let message = format!("{}: layer `{}` makes ", planner.model.title, planner.line);
            let middle = format!(", but `{source}` gives ");
            let (needed, found) = (gives.constant(), input.constant());
            planner.model.checks.push(quote_spanned!(written.span=>
                const _: () = ::nn::expand::check_elements(#message, #needed, #middle, #found);
            ));
        }
    }
    Some(Plan { takes: vec![input], gives, op: Op::View })
}
