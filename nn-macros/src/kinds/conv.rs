//! `Conv2d(32, kernel = 3, stride = 1, padding = same)`.

use super::window::Window;
use super::{Form, Kind, Param, Plan, Planner, Takes};
use crate::model::{Mirror, Op, Order, Shape};
use crate::report::Place;
use proc_macro2::TokenStream;
use quote::quote;
use std::rc::Rc;

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
    plan,
};

fn plan(planner: &mut Planner<'_>) -> Option<Plan> {
    let [found, rows, columns] = planner.image()?;
    planner.check_written("channels", &found);
    let channels = planner.size("channels")?;
    let window = Window::read(planner, &[rows, columns], false)?;
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
    let [rows, columns] = &window.kernel;
    let adapter = planner.adapter(&channels, &[&found, rows, columns], groups.as_ref());
    let input = planner.input();
    let gives = Shape::values([channels].into_iter().chain(window.output.clone()).collect());
    let activation = planner.activation.take();
    let bias = planner.args.flag("bias").unwrap_or(true);
    let frame = window.ty();
    let groups = groups.filter(|groups| groups.value != Some(1)).map(|groups| groups.argument());
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
    let around = adapter.clone();
    let make = move |from: &TokenStream, to: &TokenStream| {
        let layer = quote!(::nn::layers::Conv2d<#from, #to, #frame #rest>);
        match &around {
            Some(adapter) => adapter.around(&layer),
            None => layer,
        }
    };
    let new = match &activation {
        None => quote!(::nn::layers::Conv2d::new()),
        Some(activation) => {
            let new = &activation.new;
            quote!(::nn::layers::Conv2d::with(#new))
        }
    };
    let mirror = if adapter.is_some() { Mirror::Adapted } else { Mirror::Value };
    let new = adapter.map_or(new.clone(), |adapter| adapter.new(&new));
    let op =
        Op::Layer { ty: make(&input.ty(), &gives.ty()), new, mirror, recast: false, order: Order::Any(Rc::new(make)) };
    Some(Plan { takes: vec![input], gives, op })
}
