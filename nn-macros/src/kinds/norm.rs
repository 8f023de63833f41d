//! `LayerNorm`, `BatchNorm1d`, `BatchNorm2d`, `PRelu`: layers with a parameter for each feature.

use super::{Form, Interval, Kind, Param, Plan, Planner, Takes};
use crate::model::{Mirror, Op, Order};
use quote::{format_ident, quote};
use std::rc::Rc;

/// Normalises each sample along its last dimension.
pub const LAYER_NORM: Kind = Kind {
    name: "LayerNorm",
    params: &[Param::optional("eps", Form::Float, "1e-5")],
    takes: Takes::One,
    tokens: false,
    fuses: false,
    plan: layer_norm,
};

/// Normalises each feature over the batch.
pub const BATCH_NORM1D: Kind = Kind {
    name: "BatchNorm1d",
    params: &[Param::optional("eps", Form::Float, "1e-5"), Param::optional("momentum", Form::Float, "0.1")],
    takes: Takes::One,
    tokens: false,
    fuses: false,
    plan: batch_norm1d,
};

/// Normalises each channel over the batch and all positions.
pub const BATCH_NORM2D: Kind = Kind { name: "BatchNorm2d", plan: batch_norm2d, ..BATCH_NORM1D };

/// Relu with a learned slope for negative inputs.
pub const PRELU: Kind = Kind {
    name: "PRelu",
    params: &[Param::optional("init", Form::Float, "0.25")],
    takes: Takes::One,
    tokens: false,
    fuses: false,
    plan: prelu,
};

/// Added to a variance, so that nothing is divided by zero.
const EPS: Interval = Interval {
    from: 0.0,
    above: true,
    to: f32::MAX,
    below: false,
    help: |_| "write a small number, such as `eps = 1e-5`".to_owned(),
};

/// The part of a batch in the running statistics.
const MOMENTUM: Interval = Interval {
    from: 0.0,
    above: false,
    to: 1.0,
    below: false,
    help: |_| "write the part that a batch has in the running statistics, such as `momentum = 0.1`".to_owned(),
};

fn layer_norm(planner: &mut Planner<'_>) -> Option<Plan> {
    same_shape(planner, &[("eps", EPS)])
}

fn batch_norm1d(planner: &mut Planner<'_>) -> Option<Plan> {
    let input = planner.input();
    if let Some(dims) = input.dims().filter(|dims| dims.len() > 1) {
        let (span, source) = (planner.span, planner.source_names[0].clone());
        let what = format!("takes [features], but `{source}` gives {input}, {} dimensions", dims.len());
        planner.error(&span, what, "normalise flat samples, or put a `Flatten` line before it");
        return None;
    }
    planner.last_dimension();
    same_shape(planner, &[("eps", EPS), ("momentum", MOMENTUM)])
}

fn batch_norm2d(planner: &mut Planner<'_>) -> Option<Plan> {
    planner.image()?;
    let mut plan = same_shape(planner, &[("eps", EPS), ("momentum", MOMENTUM)])?;
    if let Op::Layer { order, .. } = &mut plan.op {
        *order = Order::Same(Rc::new(|sample, _| quote!(::nn::layers::BatchNorm2d<#sample>)));
    }
    Some(plan)
}

fn prelu(planner: &mut Planner<'_>) -> Option<Plan> {
    let mut plan = same_shape(planner, &[("init", Interval::ANY)])?;
    if let Op::Layer { order, .. } = &mut plan.op
        && plan.gives.is_image()
    {
        *order = Order::Same(Rc::new(|sample, _| quote!(::nn::layers::PRelu<#sample>)));
    }
    Some(plan)
}

/// A layer that gives the shape it takes, with arguments that are set by methods of their names.
fn same_shape(planner: &mut Planner<'_>, arguments: &[(&'static str, Interval)]) -> Option<Plan> {
    let input = planner.input();
    let mut settings = Vec::new();
    for (argument, interval) in arguments {
        if let Some(value) = planner.float(argument, interval) {
            let method = format_ident!("{argument}");
            settings.push(quote!(.#method(#value)));
        }
    }
    if input.is_unknown() {
        return Some(Plan::broken(input));
    }
    let (sample, name) = (input.ty(), format_ident!("{}", planner.kind));
    let new = quote!(::nn::layers::#name::new() #(#settings)*);
    let op = Op::Layer {
        ty: quote!(::nn::layers::#name<#sample>),
        new,
        mirror: Mirror::Value,
        recast: false,
        order: Order::Fixed,
    };
    Some(Plan { takes: vec![input.clone()], gives: input, op })
}
