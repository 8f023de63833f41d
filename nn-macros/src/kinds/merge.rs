//! `Add from (a, b)`, `Concat from (a, b)`.

use super::{Kind, Plan, Planner, Takes};
use crate::model::{Mirror, Op, Shape};
use crate::names::constant;
use crate::syntax::Dim;
use quote::{quote, quote_spanned};

/// The sum of samples of one shape.
pub const ADD: Kind = Kind { name: "Add", params: &[], takes: Takes::Several, fuses: false, plan: add };

/// Samples one after the other along the first dimension.
pub const CONCAT: Kind = Kind { name: "Concat", params: &[], takes: Takes::Several, fuses: false, plan: concat };

fn add(planner: &mut Planner<'_>) -> Option<Plan> {
    let first = planner.input();
    let mut fine = true;
    for i in 1..planner.inputs.len() {
        let other = planner.inputs[i].clone();
        let (a, b) = (planner.source_names[0].clone(), planner.source_names[i].clone());
        if first.differs_from(&other) {
            let what = format!("adds samples of one shape, but `{a}` gives {first} and `{b}` gives {other}");
            planner.error(planner.span, what, "make both the same, for instance with a `Dense` line on one of them");
            fine = false;
        } else if !first.same_as(&other) {
            let message = format!(
                "{}: layer `{}` adds samples of one shape, but `{b}` gives ",
                planner.model.title, planner.line
            );
            let (middle, found, needed) = (format!(" and `{a}` gives "), other.constant(), first.constant());
            planner.model.checks.push(quote_spanned!(planner.span=>
                const _: () = ::nn::expand::check_same(#message, #found, #middle, #needed, "\n\nhelp: make both the same");
            ));
        }
    }
    if !fine {
        return None;
    }
    let types = vec![first.ty(); planner.inputs.len()];
    let op = Op::Layer {
        ty: quote!(::nn::layers::Add<(#(#types),*)>),
        new: quote!(::core::default::Default::default()),
        mirror: Mirror::Nothing,
        recast: false,
    };
    Some(Plan { takes: vec![first.clone(); planner.inputs.len()], gives: first, op })
}

fn concat(planner: &mut Planner<'_>) -> Option<Plan> {
    let first = planner.input();
    let rest = first.dims().map_or_else(Vec::new, |dims| dims[1..].to_vec());
    let mut joined: Vec<Dim> = Vec::new();
    let mut fine = true;
    for i in 0..planner.inputs.len() {
        let other = planner.inputs[i].clone();
        let Some([own, others @ ..]) = other.dims() else {
            joined.push(other.elements());
            continue;
        };
        joined.push(own.clone());
        let differ = others.len() != rest.len()
            || others.iter().zip(&rest).any(|(a, b)| matches!((a.value, b.value), (Some(a), Some(b)) if a != b));
        let (a, b) = (planner.source_names[0].clone(), planner.source_names[i].clone());
        if differ {
            let what = format!(
                "joins samples along the first dimension, so the others must be equal, but `{a}` gives {first} and `{b}` gives {other}"
            );
            planner.error(planner.span, what, "make the other dimensions equal, or `Flatten` both");
            fine = false;
            continue;
        }
        for (found, needed) in others.iter().zip(&rest).filter(|(a, b)| !a.same_as(b)) {
            let message = format!(
                "{}: layer `{}` joins along the first dimension, so the others must be equal, but `{b}` gives ",
                planner.model.title, planner.line
            );
            let (middle, found, needed) = (format!(" and `{a}` gives "), &found.tokens, &needed.tokens);
            planner.model.checks.push(quote_spanned!(planner.span=>
                const _: () = ::nn::expand::check_same(#message, ::nn::Shape::new(&[#found]), #middle, ::nn::Shape::new(&[#needed]), "");
            ));
        }
    }
    if !fine {
        return None;
    }
    let sum = match joined.iter().map(|dim| dim.value).sum::<Option<usize>>() {
        Some(sum) => Dim::known(sum),
        None => {
            let parts = joined.iter().map(|dim| &dim.tokens);
            planner.model.named_size(
                &format!("{}_LEN", constant(&planner.line.to_string())),
                Dim::computed(quote!(#((#parts))+*)),
            )
        }
    };
    let gives = Shape::values([sum].into_iter().chain(rest).collect());
    let (types, out): (Vec<_>, _) = (planner.inputs.iter().map(Shape::ty).collect(), gives.ty());
    let op = Op::Layer {
        ty: quote!(::nn::layers::Concat<(#(#types),*), #out>),
        new: quote!(::core::default::Default::default()),
        mirror: Mirror::Nothing,
        recast: false,
    };
    Some(Plan { takes: planner.inputs.clone(), gives, op })
}
