//! `Dropout(0.25)`.

use super::{Form, Kind, Param, Plan, Planner, Takes};
use crate::model::{Mirror, Op};
use quote::quote;

/// Zeroes elements at random in training and scales the rest.
pub const DROPOUT: Kind =
    Kind { name: "Dropout", params: &[Param::required("rate", Form::Float)], takes: Takes::One, fuses: false, plan };

fn plan(planner: &mut Planner<'_>) -> Option<Plan> {
    let input = planner.input();
    let rate = planner.args.float("rate")?;
    if let (Some(value), Some(span)) = (planner.args.float_value("rate"), planner.args.span("rate"))
        && !(0.0..1.0).contains(&value)
    {
        let help = if (1.0..=100.0).contains(&value) {
            format!("write `Dropout({})` for {value} per cent", value / 100.0)
        } else {
            "write a rate such as `0.25`".to_owned()
        };
        planner.error(
            span,
            format!("drops a part of {value}, but the part that is dropped is at least 0 and less than 1"),
            help,
        );
        return None;
    }
    let sample = input.ty();
    let op = Op::Layer {
        ty: quote!(::nn::layers::Dropout<#sample>),
        new: quote!(::nn::layers::Dropout::new(#rate)),
        mirror: Mirror::Nothing,
        recast: false,
    };
    Some(Plan { takes: vec![input.clone()], gives: input, op })
}
