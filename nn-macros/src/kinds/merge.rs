//! `Add from (a, b)`, `Concat from (a, b)`.

use super::{Axes, Kind, Plan, Planner, Takes};
use crate::model::{Mirror, Op, Order, Shape};
use crate::names::constant;
use crate::syntax::Dim;
use proc_macro2::TokenStream;
use quote::quote;
use std::rc::Rc;

/// The sum of samples of one shape.
pub const ADD: Kind =
    Kind { name: "Add", params: &[], takes: Takes::Several, tokens: false, fuses: true, axes: Axes::Kept, plan: add };

/// Samples one after the other along the first dimension.
pub const CONCAT: Kind = Kind {
    name: "Concat",
    params: &[],
    takes: Takes::Several,
    tokens: false,
    fuses: false,
    axes: Axes::Kept,
    plan: concat,
};

fn add(planner: &mut Planner<'_>) -> Option<Plan> {
    // After a mistake the sum still has the shape of the sources that are known.
    let first = planner.inputs.iter().find(|input| !input.is_unknown())?.clone();
    let known = planner.report.len();
    for i in 1..planner.inputs.len() {
        let other = planner.inputs[i].clone();
        let (a, b) = (planner.source_names[0].clone(), planner.source_names[i].clone());
        let help = match first.is_image() && other.is_image() {
            true => {
                "make both the same, for instance with a `Conv2d` line of the same channels and stride on one of them"
            }
            false => "make both the same, for instance with a `Dense` line on one of them",
        };
        if planner.input().differs_from(&other) {
            let what = format!("adds samples of one shape, but `{a}` gives {first} and `{b}` gives {other}");
            let span = planner.span;
            planner.error(&span, what, help);
        } else if !planner.input().is_unknown() && !other.is_unknown() && !first.same_as(&other) {
            let title = format!("{}: layer `{}`", planner.model.title, planner.line);
            let message = format!("{title} adds samples of one shape, but `{a}` gives ");
            let (middle, found, needed) = (format!(" and `{b}` gives "), other.constant(), first.constant());
            let help = format!("\n\nhelp: {help}");
            planner.model.check(&planner.span, "check_same", quote!(#message, #needed, #middle, #found, #help));
        }
    }
    if planner.report.len() > known || planner.inputs.iter().any(Shape::is_unknown) {
        return Some(Plan::broken(first));
    }
    let count = planner.inputs.len();
    let (function, new) = match planner.activation.take() {
        None => (None, quote!(::core::default::Default::default())),
        Some(activation) => {
            let (ty, value) = (activation.ty, activation.new);
            (Some(quote!(, #ty)), quote!(::nn::layers::Add::with(#value)))
        }
    };
    let make = move |sample: &TokenStream, _: &TokenStream| {
        let types = vec![sample; count];
        quote!(::nn::layers::Add<(#(#types),*) #function>)
    };
    let op = Op::Layer {
        ty: make(&first.ty(), &first.ty()),
        new,
        mirror: Mirror::Nothing,
        recast: false,
        order: Order::Same(Rc::new(make)),
    };
    Some(Plan { takes: vec![first.clone(); planner.inputs.len()], gives: first, op })
}

fn concat(planner: &mut Planner<'_>) -> Option<Plan> {
    if planner.inputs.iter().any(Shape::is_unknown) {
        return None;
    }
    // The others are compared with the first whose dimensions are known here: what a nested network gives is a type.
    let first = planner.inputs.iter().position(|input| input.dims().is_some());
    let (a, first) = (planner.source_names[first.unwrap_or(0)].clone(), planner.inputs[first.unwrap_or(0)].clone());
    let rest = first.dims().map_or_else(Vec::new, |dims| dims[1..].to_vec());
    let mut joined: Vec<Dim> = Vec::new();
    let known = planner.report.len();
    let rule = "joins along the first dimension, so the others must be equal";
    let help = "make the other dimensions equal, or `Flatten` both";
    let title = format!("{}: layer `{}`", planner.model.title, planner.line);
    for i in 0..planner.inputs.len() {
        let (other, span, b) = (planner.inputs[i].clone(), planner.span, planner.source_names[i].clone());
        match (other.dims(), first.dims()) {
            (Some([own, others @ ..]), _) => {
                joined.push(own.clone());
                if others.len() != rest.len() || others.iter().zip(&rest).any(|(a, b)| a.differs_from(b)) {
                    planner.error(&span, format!("{rule}, but `{a}` gives {first} and `{b}` gives {other}"), help);
                    continue;
                }
                if others.iter().zip(&rest).all(|(a, b)| a.same_as(b)) {
                    continue;
                }
            }
            (_, Some(_)) => joined.push(other.first()),
            // All are nested networks: what they give is joined if it has one dimension.
            _ if i > 0 => joined.push(other.elements()),
            _ => {
                joined.push(other.elements());
                let message = format!("{title} joins what networks of other modules give, but `{b}` gives ");
                let help = format!(
                    "\n\nhelp: only vectors are joined without more being known here; say the shapes: `{b}: Type as [in] -> [out]`"
                );
                let found = other.constant();
                planner.model.check(&span, "check_rank", quote!(#message, #found, 1, #help));
                continue;
            }
        }
        let message = format!("{title} {rule}, but `{a}` gives ");
        let (middle, help) = (format!(" and `{b}` gives "), format!("\n\nhelp: {help}"));
        let (needed, found) = (first.constant(), other.constant());
        planner.model.check(&span, "check_joined", quote!(#message, #needed, #middle, #found, #help));
    }
    if planner.report.len() > known {
        return None;
    }
    let sum = match joined.iter().try_fold(0_usize, |sum, dim| sum.checked_add(dim.value?)) {
        Some(sum) => Dim::known(sum),
        None => {
            let (parts, texts): (Vec<_>, Vec<_>) = joined.iter().map(|dim| (&dim.tokens, dim.to_string())).unzip();
            let sum = Dim::computed(quote!(#((#parts))+*), texts.join(" + "));
            planner.model.derived_size(&format!("{}_LEN", constant(&planner.line.to_string())), sum)
        }
    };
    let gives = Shape::values([sum].into_iter().chain(rest).collect());
    let (types, out): (Vec<_>, _) = (planner.inputs.iter().map(Shape::ty).collect(), gives.ty());
    let op = Op::Layer {
        ty: quote!(::nn::layers::Concat<(#(#types),*), #out>),
        new: quote!(::core::default::Default::default()),
        mirror: Mirror::Nothing,
        recast: false,
        order: Order::Joined(Rc::new(
            |parts: &[TokenStream], whole: &TokenStream| quote!(::nn::layers::Concat<(#(#parts),*), #whole>),
        )),
    };
    Some(Plan { takes: planner.inputs.clone(), gives, op })
}
