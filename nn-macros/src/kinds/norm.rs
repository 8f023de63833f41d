//! `LayerNorm`, `RmsNorm`, `GroupNorm`, `BatchNorm1d`, `BatchNorm2d`, `PRelu`: layers with a parameter for each feature.

use super::{Axes, Form, Interval, Kind, Param, Plan, Planner, Takes};
use crate::model::{Mirror, Op, Order, Shape};
use crate::report::Place;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::rc::Rc;

/// Normalises each sample along its last dimension.
pub const LAYER_NORM: Kind = Kind {
    name: "LayerNorm",
    params: &[Param::optional("eps", Form::Float, "1e-5")],
    takes: Takes::One,
    tokens: false,
    fuses: false,
    axes: Axes::Kept,
    plan: layer_norm,
};

/// The same without the mean.
pub const RMS_NORM: Kind = Kind { name: "RmsNorm", ..LAYER_NORM };

/// Normalises each feature over the batch.
pub const BATCH_NORM1D: Kind = Kind {
    name: "BatchNorm1d",
    params: &[Param::optional("eps", Form::Float, "1e-5"), Param::optional("momentum", Form::Float, "0.1")],
    takes: Takes::One,
    tokens: false,
    fuses: true,
    axes: Axes::Channels,
    plan: batch_norm1d,
};

/// Normalises each channel over the batch and all positions.
pub const BATCH_NORM2D: Kind = Kind { name: "BatchNorm2d", plan: batch_norm2d, ..BATCH_NORM1D };

/// Normalises groups of channels of each sample.
pub const GROUP_NORM: Kind = Kind {
    name: "GroupNorm",
    params: &[Param::required("groups", Form::Size, "8"), Param::optional("eps", Form::Float, "1e-5")],
    plan: group_norm,
    ..LAYER_NORM
};

/// Relu with a learned slope for negative inputs.
pub const PRELU: Kind = Kind {
    name: "PRelu",
    params: &[Param::optional("init", Form::Float, "0.25")],
    takes: Takes::One,
    tokens: false,
    fuses: false,
    axes: Axes::Kept,
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
    let rank = input.dims().map_or(1, <[_]>::len);
    if rank > 2 {
        let (span, source) = (planner.span, planner.source_names[0].clone());
        let what = format!("takes [features] or [channels, length], but `{source}` gives {input}, {rank} dimensions");
        planner.error(&span, what, "for images there is `BatchNorm2d`; or put a `Flatten` line before it");
        return None;
    }
    if rank == 2 {
        planner.sequence()?;
    } else {
        planner.last_dimension();
    }
    let function = function_of(planner);
    let plan = same_shape(planner, &[("eps", EPS), ("momentum", MOMENTUM)])?;
    Some(if rank == 2 { plan.in_any_order("BatchNorm1d", function) } else { plan })
}

fn batch_norm2d(planner: &mut Planner<'_>) -> Option<Plan> {
    planner.image()?;
    let function = function_of(planner);
    Some(same_shape(planner, &[("eps", EPS), ("momentum", MOMENTUM)])?.in_any_order("BatchNorm2d", function))
}

fn group_norm(planner: &mut Planner<'_>) -> Option<Plan> {
    let input = planner.input();
    let groups = planner.size("groups")?;
    let (span, source) = (planner.span, planner.source_names[0].clone());
    let place = planner.args.place("groups").unwrap_or_else(|| span.range());
    let (rank, found) = match &input {
        Shape::Dims { dims, .. } => (dims.len(), dims.first().cloned()),
        // What a type gives is an image.
        shape if !shape.is_unknown() => (3, planner.image().map(|[channels, ..]| channels)),
        _ => (3, None),
    };
    let Some(found) = found else { return Some(Plan::broken(input)) };
    match (groups.value, found.value) {
        (Some(count), Some(channels)) if channels.is_multiple_of(count) => {}
        (Some(count), Some(channels)) => {
            let near = (1..=count.min(channels)).rev().find(|n| channels.is_multiple_of(*n)).unwrap_or(1);
            let what = format!("normalises {count} groups of channels, but `{source}` gives {channels} channels");
            planner.error(&place, what, format!("the groups divide the channels: write `GroupNorm({near})`"));
            return Some(Plan::broken(input));
        }
        _ => {
            let subject = format!("{}: layer `{}` normalises ", planner.model.title, planner.line);
            let (groups, channels) = (&groups.tokens, &found.tokens);
            let (middle, end) = (" groups of channels, which do not divide the ", format!(" channels of `{source}`"));
            planner.model.check(&place, "check_divides", quote!(#subject, #groups, #middle, #channels, #end));
        }
    }
    let mut plan = same_shape(planner, &[("eps", EPS)])?;
    let (sample, groups) = (input.ty(), groups.argument());
    if let Op::Layer { ty, order, .. } = &mut plan.op {
        *ty = quote!(::nn::layers::GroupNorm<#sample, #groups>);
        if rank > 1 {
            *order = Order::Same(Rc::new(move |sample, _| quote!(::nn::layers::GroupNorm<#sample, #groups>)));
        }
    }
    Some(plan)
}

fn prelu(planner: &mut Planner<'_>) -> Option<Plan> {
    // Of a vector, each element has a slope of its own, in the order of the vector.
    let input = planner.input();
    let has_channels = input.is_image() || input.dims().is_some_and(|dims| dims.len() == 2);
    let plan = same_shape(planner, &[("init", Interval::ANY)])?;
    Some(if has_channels { plan.in_any_order("PRelu", None) } else { plan })
}

impl Plan {
    /// The same layer, for images whose channels lie together too.
    fn in_any_order(mut self, name: &'static str, function: Option<TokenStream>) -> Self {
        if let Op::Layer { order, .. } = &mut self.op {
            let (name, function) = (format_ident!("{name}"), function.map(|function| quote!(, #function)));
            *order = Order::Same(Rc::new(move |sample, _| quote!(::nn::layers::#name<#sample #function>)));
        }
        self
    }
}

/// The type of the activation that the layer computes in the same pass.
fn function_of(planner: &Planner<'_>) -> Option<TokenStream> {
    planner.activation.as_ref().map(|activation| activation.ty.clone())
}

/// A layer that gives the shape it takes, with arguments that are set by methods of their names.
pub fn same_shape(planner: &mut Planner<'_>, arguments: &[(&'static str, Interval)]) -> Option<Plan> {
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
    let (ty, new) = match planner.activation.take() {
        None => (quote!(::nn::layers::#name<#sample>), quote!(::nn::layers::#name::new() #(#settings)*)),
        Some(activation) => {
            let (function, value) = (activation.ty, activation.new);
            (quote!(::nn::layers::#name<#sample, #function>), quote!(::nn::layers::#name::with(#value) #(#settings)*))
        }
    };
    let op = Op::Layer { ty, new, mirror: Mirror::Value, recast: false, order: Order::Fixed };
    Some(Plan { takes: vec![input.clone()], gives: input, op })
}
