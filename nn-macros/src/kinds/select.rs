//! `First`, `Last`: one step of a sequence.

use super::{Axes, Kind, Plan, Planner, Takes};
use crate::model::{Mirror, Op, Order, Shape};
use crate::syntax::Dim;
use proc_macro2::TokenStream;
use quote::quote;

/// The first step.
pub const FIRST: Kind =
    Kind { name: "First", params: &[], takes: Takes::One, tokens: false, fuses: false, axes: Axes::Other, plan: first };

/// The last step.
pub const LAST: Kind = Kind { name: "Last", plan: last, ..FIRST };

fn first(planner: &mut Planner<'_>) -> Option<Plan> {
    select(planner, |_| quote!(0))
}

fn last(planner: &mut Planner<'_>) -> Option<Plan> {
    select(planner, |steps| match steps.value {
        Some(steps) => Dim::known(steps.saturating_sub(1)).argument(),
        None => {
            let steps = &steps.tokens;
            quote!({ #steps - 1 })
        }
    })
}

fn select(planner: &mut Planner<'_>, index: fn(&Dim) -> TokenStream) -> Option<Plan> {
    let input = planner.input();
    if input.is_unknown() {
        return None;
    }
    let (step, gives) = match input.dims() {
        None | Some([_, _]) => {
            let [steps, features] = planner.steps()?;
            (steps, Shape::values(vec![features]))
        }
        Some([steps, rest @ ..]) if !rest.is_empty() => (steps.clone(), Shape::values(rest.to_vec())),
        Some(_) => {
            let (span, source, kind) = (planner.span, planner.source_names[0].clone(), planner.kind.to_lowercase());
            let what = format!("takes the {kind} of several steps, but `{source}` gives {input}, one dimension");
            planner.error(&span, what, "leave the line out, or put it after a line that gives [steps, features]");
            return None;
        }
    };
    let (to, steps, index) = (gives.ty(), step.argument(), index(&step));
    let op = Op::Layer {
        ty: quote!(::nn::layers::Select<#to, #steps, #index>),
        new: quote!(::nn::layers::Select::new()),
        mirror: Mirror::Nothing,
        recast: false,
        order: Order::Fixed,
    };
    Some(Plan { takes: vec![input], gives, op })
}
