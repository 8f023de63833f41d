//! `Conv2d(32, kernel = 3, stride = 1, padding = same)`, `Conv1d(32, kernel = 3)`.

use super::lora::Adapter;
use super::window::Window;
use super::{Axes, Form, Kind, Param, Plan, Planner, Takes};
use crate::model::{Mirror, Op, Order, Shape};
use crate::report::Place;
use crate::syntax::Dim;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::rc::Rc;
use syn::Ident;

/// Sums over a window that moves over an image.
pub const CONV2D: Kind = Kind {
    name: "Conv2d",
    params: &[
        Param::required("channels", Form::Sizes, "32"),
        Param::required("kernel", Form::Pair, "kernel = 3"),
        Param::optional("stride", Form::Pair, "2"),
        Param::optional("padding", Form::Padding, "same"),
        Param::optional("dilation", Form::Pair, "2"),
        Param::optional("groups", Form::Sizes, "4"),
        Param::optional("bias", Form::Bool, "false"),
    ],
    takes: Takes::One,
    tokens: false,
    fuses: true,
    axes: Axes::Channels,
    plan,
};

/// Sums over a window that moves over a sequence.
pub const CONV1D: Kind = Kind {
    name: "Conv1d",
    params: &[
        Param::required("channels", Form::Sizes, "32"),
        Param::required("kernel", Form::Size, "kernel = 3"),
        Param::optional("stride", Form::Size, "2"),
        Param::optional("padding", Form::PaddingOfSequence, "same"),
        Param::optional("dilation", Form::Size, "2"),
        Param::optional("groups", Form::Sizes, "4"),
        Param::optional("bias", Form::Bool, "false"),
    ],
    plan: plan_of_sequence,
    ..CONV2D
};

fn plan(planner: &mut Planner<'_>) -> Option<Plan> {
    let [found, rows, columns] = planner.image()?;
    planner.check_written("channels", &found);
    let channels = planner.size("channels")?;
    let window = Window::read(planner, &[rows, columns], false)?;
    let groups = check_groups(planner, &found, &channels)?;
    let [rows, columns] = &window.kernel;
    let adapter = planner.adapter(&channels, &[&found, rows, columns], groups.as_ref());
    let gives = Shape::values([channels].into_iter().chain(window.output.clone()).collect());
    Some(convolution(planner, &format_ident!("Conv2d"), window.ty(), groups.as_ref(), adapter, gives))
}

fn plan_of_sequence(planner: &mut Planner<'_>) -> Option<Plan> {
    let [found, length] = planner.sequence()?;
    planner.check_written("channels", &found);
    let channels = planner.size("channels")?;
    let window = Window::read_of_sequence(planner, &length, false)?;
    let groups = check_groups(planner, &found, &channels)?;
    let gives = Shape::values(vec![channels, window.output[1].clone()]);
    Some(convolution(planner, &format_ident!("Conv1d"), window.ty(), groups.as_ref(), None, gives))
}

/// The groups that are written, where there is more than one; none after a mistake.
pub fn check_groups(planner: &mut Planner<'_>, found: &Dim, channels: &Dim) -> Option<Option<Dim>> {
    let groups = planner.size("groups");
    if let Some(groups) = &groups {
        let place = planner.args.place("groups").unwrap_or_else(|| planner.span.range());
        match (groups.value, found.value, channels.value) {
            (Some(count), Some(from), Some(to)) => {
                if !from.is_multiple_of(count) || !to.is_multiple_of(count) {
                    let common = (1..=count).rev().find(|n| from.is_multiple_of(*n) && to.is_multiple_of(*n));
                    let what = format!(
                        "cuts channels into {count} groups, but takes {from} channels from `{}` and gives {to}",
                        planner.source_names[0]
                    );
                    let help = format!("the groups divide both: write `groups = {}`", common.unwrap_or(1));
                    planner.error(&place, what, help);
                    return None;
                }
            }
            _ => {
                let subject = format!("{}: layer `{}` cuts channels into ", planner.model.title, planner.line);
                let (groups, from, to) = (&groups.tokens, &found.tokens, &channels.tokens);
                planner.model.check(&place, "check_groups", quote!(#subject, #groups, #from, #to));
            }
        }
    }
    Some(groups.filter(|groups| groups.value != Some(1)))
}

/// The line of a convolution of any kind.
pub fn convolution(
    planner: &mut Planner<'_>,
    name: &Ident,
    frame: TokenStream,
    groups: Option<&Dim>,
    adapter: Option<Adapter>,
    gives: Shape,
) -> Plan {
    let (input, groups) = (planner.input(), groups.map(Dim::argument));
    let activation = planner.activation.take();
    let bias = planner.args.flag("bias").unwrap_or(true);
    let function = match &activation {
        Some(activation) => activation.ty.clone(),
        None => quote!(::nn::layers::Identity),
    };
    let rest = match (&activation, bias, groups) {
        (None, true, None) => TokenStream::new(),
        (Some(_), true, None) => quote!(, #function),
        (_, _, None) => quote!(, #function, #bias),
        (_, _, Some(groups)) => quote!(, #function, #bias, #groups),
    };
    let new = match &activation {
        None => quote!(::nn::layers::#name::new()),
        Some(activation) => {
            let new = &activation.new;
            quote!(::nn::layers::#name::with(#new))
        }
    };
    let (name, around) = (name.clone(), adapter.clone());
    let make = move |from: &TokenStream, to: &TokenStream| {
        let layer = quote!(::nn::layers::#name<#from, #to, #frame #rest>);
        match &around {
            Some(adapter) => adapter.around(&layer),
            None => layer,
        }
    };
    let mirror = if adapter.is_some() { Mirror::Adapted } else { Mirror::Value };
    let new = adapter.map_or(new.clone(), |adapter| adapter.wrap(&new));
    let op =
        Op::Layer { ty: make(&input.ty(), &gives.ty()), new, mirror, recast: false, order: Order::Any(Rc::new(make)) };
    Plan { takes: vec![input], gives, op }
}
