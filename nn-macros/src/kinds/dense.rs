//! `Dense(128)`, `Dense(784 -> 128, bias = false)`.

use super::{Axes, Form, Kind, Param, Plan, Planner, Takes};
use crate::model::{Mirror, Op, Order, Shape};
use proc_macro2::TokenStream;
use quote::quote;
use std::rc::Rc;

/// y = activation(x · Wᵀ + b) along the last dimension.
pub const DENSE: Kind = Kind {
    name: "Dense",
    params: &[Param::required("units", Form::Sizes, "128"), Param::optional("bias", Form::Bool, "false")],
    takes: Takes::One,
    tokens: false,
    fuses: true,
    axes: Axes::Kept,
    plan,
};

fn plan(planner: &mut Planner<'_>) -> Option<Plan> {
    let input = planner.input();
    if let Some(dims) = input.dims().filter(|dims| dims.len() > 2) {
        let elements = input.elements();
        let help = format!("put a `Flatten` line before it: it gives [{elements}]");
        let what = format!(
            "takes [features] or [steps, features], but `{}` gives {input}, {} dimensions",
            planner.source_names[0],
            dims.len()
        );
        let span = planner.span;
        planner.error(&span, what, help);
        let units = planner.size("units")?;
        return Some(Plan::broken(Shape::Ends(units)));
    }
    let found = planner.last_dimension();
    if let Some(found) = &found {
        planner.check_written("units", found);
    }
    let units = planner.size("units")?;
    if input.is_unknown() {
        return Some(Plan::broken(Shape::Ends(units)));
    }
    let adapter = found.and_then(|found| planner.adapter(&units, &[&found], None));
    let gives = match input.dims() {
        Some([outer @ .., _]) => Shape::values(outer.iter().cloned().chain([units]).collect()),
        _ => Shape::values(vec![units]),
    };
    let (from, to) = (input.ty(), gives.ty());
    let activation = planner.activation.take();
    let bias = planner.args.flag("bias").unwrap_or(true);
    let rest = match (&activation, bias) {
        (None, true) => TokenStream::new(),
        (Some(activation), true) => {
            let ty = &activation.ty;
            quote!(, #ty)
        }
        (None, false) => quote!(, ::nn::layers::Identity, false),
        (Some(activation), false) => {
            let ty = &activation.ty;
            quote!(, #ty, false)
        }
    };
    let around = adapter.clone();
    let make = move |from: &TokenStream, to: &TokenStream| {
        let layer = quote!(::nn::layers::Dense<#from, #to #rest>);
        match &around {
            Some(adapter) => adapter.around(&layer),
            None => layer,
        }
    };
    let new = match &activation {
        None => quote!(::nn::layers::Dense::new()),
        Some(activation) => {
            let new = &activation.new;
            quote!(::nn::layers::Dense::with(#new))
        }
    };
    let mirror = if adapter.is_some() { Mirror::Adapted } else { Mirror::Value };
    let new = adapter.map_or(new.clone(), |adapter| adapter.wrap(&new));
    Some(Plan {
        takes: vec![input],
        gives,
        op: Op::Layer { ty: make(&from, &to), new, mirror, recast: false, order: Order::Takes(Rc::new(make)) },
    })
}
