//! `Dropout(0.25)`.

use super::{Form, Interval, Kind, Param, Plan, Planner, Takes};
use crate::model::{Mirror, Op, Order};
use quote::quote;
use std::rc::Rc;

/// Zeroes elements at random in training and scales the rest.
pub const DROPOUT: Kind = Kind {
    name: "Dropout",
    params: &[Param::required("rate", Form::Float, "0.25")],
    takes: Takes::One,
    tokens: false,
    fuses: false,
    plan,
};

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
    let sample = input.ty();
    let op = Op::Layer {
        ty: quote!(::nn::layers::Dropout<#sample>),
        new: quote!(::nn::layers::Dropout::new(#rate)),
        mirror: Mirror::Nothing,
        recast: false,
        order: Order::Same(Rc::new(|sample, _| quote!(::nn::layers::Dropout<#sample>))),
    };
    Some(Plan { takes: vec![input.clone()], gives: input, op })
}
