//! `Dropout(0.25)`, `Dropout2d(0.25)`.

use super::{Axes, Form, Interval, Kind, Param, Plan, Planner, Takes};
use crate::model::{Mirror, Op, Order};
use quote::{format_ident, quote};
use std::rc::Rc;

/// Zeroes elements at random in training and scales the rest.
pub const DROPOUT: Kind = Kind {
    name: "Dropout",
    params: &[Param::required("rate", Form::Float, "0.25")],
    takes: Takes::One,
    tokens: false,
    fuses: false,
    axes: Axes::Kept,
    plan,
};

/// The same for whole channels.
pub const DROPOUT2D: Kind = Kind { name: "Dropout2d", plan: plan_of_channels, ..DROPOUT };

/// Nothing may be dropped, but not everything.
const RATE: Interval = Interval {
    from: 0.0,
    above: false,
    to: 1.0,
    below: true,
    help: |value| {
        if (1.0..100.0).contains(&value) {
            format!("write `Dropout({})` to drop {value} % of the values", value / 100.0)
        } else {
            "write a rate such as `Dropout(0.25)`".to_owned()
        }
    },
};

fn plan(planner: &mut Planner<'_>) -> Option<Plan> {
    let input = planner.input();
    let rate = planner.float("rate", &RATE);
    let Some(rate) = rate.filter(|_| !input.is_unknown()) else { return Some(Plan::broken(input)) };
    let (sample, name) = (input.ty(), format_ident!("{}", planner.kind));
    let op = Op::Layer {
        ty: quote!(::nn::layers::#name<#sample>),
        new: quote!(::nn::layers::#name::new(#rate)),
        mirror: Mirror::Nothing,
        recast: false,
        order: Order::Same(Rc::new(move |sample, _| quote!(::nn::layers::#name<#sample>))),
    };
    Some(Plan { takes: vec![input.clone()], gives: input, op })
}

fn plan_of_channels(planner: &mut Planner<'_>) -> Option<Plan> {
    let input = planner.input();
    match input.dims().map(<[_]>::len) {
        // A sequence, `[channels, length]`, has channels too.
        Some(2 | 3) => {}
        Some(1) => {
            let (span, source) = (planner.span, planner.source_names[0].clone());
            let what = format!("drops whole channels, but `{source}` gives {input}, one dimension");
            planner.error(&span, what, "write `Dropout` for single values");
            return None;
        }
        _ if input.is_unknown() => {}
        _ => drop(planner.image()?),
    }
    plan(planner)
}
