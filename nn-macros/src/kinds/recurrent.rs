//! `Lstm(128)`, `Gru(28 -> 128, bias = false)`, `Rnn(64, bidirectional = true)`.

use super::{Axes, Form, Kind, Param, Plan, Planner, Takes};
use crate::model::{Mirror, Op, Order, Shape};
use crate::syntax::Dim;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// Long short-term memory along a sequence.
pub const LSTM: Kind = Kind {
    name: "Lstm",
    params: &[
        Param::required("units", Form::Sizes, "128"),
        Param::optional("bias", Form::Bool, "false"),
        Param::optional("bidirectional", Form::Bool, "true"),
    ],
    takes: Takes::One,
    tokens: false,
    fuses: false,
    axes: Axes::Steps,
    plan,
};

/// The gated recurrent unit along a sequence.
pub const GRU: Kind = Kind { name: "Gru", ..LSTM };

/// The simple recurrence along a sequence.
pub const RNN: Kind = Kind { name: "Rnn", ..LSTM };

fn plan(planner: &mut Planner<'_>) -> Option<Plan> {
    let input = planner.input();
    let both = planner.args.flag("bidirectional").unwrap_or(false);
    let sequence = planner.steps();
    if let Some([_, found]) = &sequence {
        planner.check_written("units", found);
    }
    let units = planner.size("units")?;
    let outputs = if both { twice(planner, &units) } else { units };
    let Some([steps, _]) = sequence else { return Some(Plan::broken(Shape::Ends(outputs))) };
    let gives = Shape::values(vec![steps, outputs]);
    let rest = match (planner.args.flag("bias").unwrap_or(true), both) {
        (true, false) => TokenStream::new(),
        (bias, false) => quote!(, #bias),
        (bias, both) => quote!(, #bias, #both),
    };
    let (from, to, name) = (input.ty(), gives.ty(), format_ident!("{}", planner.kind));
    let op = Op::Layer {
        ty: quote!(::nn::layers::#name<#from, #to #rest>),
        new: quote!(::nn::layers::#name::new()),
        mirror: Mirror::Value,
        recast: false,
        order: Order::Fixed,
    };
    Some(Plan { takes: vec![input], gives, op })
}

/// The outputs of both directions.
fn twice(planner: &mut Planner<'_>, units: &Dim) -> Dim {
    let outputs = match units.value {
        Some(count) => Dim::known(2 * count),
        None => {
            let tokens = &units.tokens;
            Dim::computed(quote!(2 * (#tokens)), format!("2 * {units}"))
        }
    };
    let name = format!("{}_GIVES", crate::names::constant(&planner.line.to_string()));
    planner.model.derived_size(&name, outputs)
}
