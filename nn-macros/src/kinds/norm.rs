//! `LayerNorm`, `BatchNorm1d`, `PRelu`: layers with a parameter for each feature.

use super::{Form, Kind, Param, Plan, Planner, Takes};
use crate::model::{Mirror, Op};
use quote::{format_ident, quote};

/// Normalises each sample along its last dimension.
pub const LAYER_NORM: Kind = Kind {
    name: "LayerNorm",
    params: &[Param::optional("eps", Form::Float)],
    takes: Takes::One,
    fuses: false,
    plan: layer_norm,
};

/// Normalises each feature over the batch.
pub const BATCH_NORM1D: Kind = Kind {
    name: "BatchNorm1d",
    params: &[Param::optional("eps", Form::Float), Param::optional("momentum", Form::Float)],
    takes: Takes::One,
    fuses: false,
    plan: batch_norm1d,
};

/// Relu with a learned slope for negative inputs.
pub const PRELU: Kind = Kind {
    name: "PRelu",
    params: &[Param::optional("init", Form::Float)],
    takes: Takes::One,
    fuses: false,
    plan: prelu,
};

fn layer_norm(planner: &mut Planner<'_>) -> Option<Plan> {
    same_shape(planner, &["eps"])
}

fn batch_norm1d(planner: &mut Planner<'_>) -> Option<Plan> {
    planner.last_dimension()?;
    let input = planner.input();
    if let Some(dims) = input.dims().filter(|dims| dims.len() > 1) {
        let what =
            format!("takes [features], but `{}` gives {input}, {} dimensions", planner.source_names[0], dims.len());
        planner.error(planner.span, what, "normalise flat samples, or put a `Flatten` line before it");
        return None;
    }
    same_shape(planner, &["eps", "momentum"])
}

fn prelu(planner: &mut Planner<'_>) -> Option<Plan> {
    same_shape(planner, &["init"])
}

/// A layer that gives the shape it takes, with arguments that are set by methods of their names.
fn same_shape(planner: &mut Planner<'_>, arguments: &[&str]) -> Option<Plan> {
    let input = planner.input();
    let (sample, name) = (input.ty(), format_ident!("{}", planner.kind));
    let settings = arguments.iter().filter_map(|argument| {
        let (method, value) = (format_ident!("{argument}"), planner.args.float(argument)?);
        Some(quote!(.#method(#value)))
    });
    let new = quote!(::nn::layers::#name::new() #(#settings)*);
    let op = Op::Layer { ty: quote!(::nn::layers::#name<#sample>), new, mirror: Mirror::Value, recast: false };
    Some(Plan { takes: vec![input.clone()], gives: input, op })
}
