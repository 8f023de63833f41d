//! Activations, from the table that the library has its types from.

use super::Plan;
use super::args::float;
use super::interval::{Argument, Interval};
use super::usage::no_arguments;
use crate::model::{Mirror, Model, Op, Order};
use crate::names::closest;
use crate::report::Report;
use crate::syntax::{Args, Value, is_literal};
use nn_spec::{ACTIVATIONS, Activation};
use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use std::rc::Rc;
use syn::Ident;

/// An elementwise activation: its type, and the expression that makes one.
#[derive(Clone)]
pub struct Elementwise {
    /// `::nn::Relu`.
    pub ty: TokenStream,
    /// `::nn::Relu`, `::nn::LeakyRelu { slope: 0.2 }`.
    pub new: TokenStream,
    /// For tables: `Relu`.
    pub name: String,
}

/// The activation of this name.
pub fn find(name: &str) -> Option<&'static Activation> {
    ACTIVATIONS.iter().find(|row| row.name == name)
}

/// The names of all activations.
pub fn names() -> impl Iterator<Item = &'static str> {
    ACTIVATIONS.iter().map(|row| row.name)
}

impl Elementwise {
    /// A row of the table with the arguments written; `None` after a mistake.
    pub fn of_row(
        row: &'static Activation,
        kind: &Ident,
        args: Option<&Args>,
        line: &Ident,
        model: &mut Model,
        report: &mut Report,
    ) -> Option<Self> {
        let (name, known) = (format_ident!("{}", row.name), report.len());
        let ty = quote!(::nn::layers::#name);
        if row.arguments.is_empty() {
            let fine = no_arguments(&format!("{}: layer `{line}`: ", model.title), kind, args, report);
            return fine.then(|| Self { new: ty.clone(), ty, name: row.name.to_owned() });
        }
        let values = arguments(row, args, line, model, report);
        let fields = row.arguments.iter().map(|(name, _)| format_ident!("{name}"));
        let new = quote!(#ty { #(#fields: #values),* });
        (report.len() == known).then(|| Self { new, ty, name: row.name.to_owned() })
    }
}

fn arguments(
    row: &'static Activation,
    args: Option<&Args>,
    line: &Ident,
    model: &mut Model,
    report: &mut Report,
) -> Vec<TokenStream> {
    let subject = format!("{}: layer `{line}`: ", model.title);
    let mut values: Vec<TokenStream> =
        row.arguments.iter().map(|(_, default)| Literal::f32_unsuffixed(*default).to_token_stream()).collect();
    let mut written = vec![false; values.len()];
    let list: Vec<String> = row.arguments.iter().map(|(name, default)| format!("{name} = {default}")).collect();
    let usage = format!("write `{}` for the defaults, `{}({})`", row.name, row.name, list.join(", "));
    for (position, arg) in args.map_or(&[][..], |args| &args.list).iter().enumerate() {
        let index = match &arg.name {
            None => Some(position).filter(|position| *position < values.len()),
            Some(name) => row.arguments.iter().position(|(known, _)| name == known),
        };
        match (index, &arg.value, &arg.name) {
            (Some(index), _, _) if std::mem::replace(&mut written[index], true) => {
                let message = format!("{subject}`{}` of `{}` is given twice", row.arguments[index].0, row.name);
                report.error_help(&arg.value, message, "remove one of them");
            }
            (Some(index), Value::Expr(expr), _) if !is_literal(expr) || float(expr).is_some() => {
                let name = row.arguments[index].0;
                let interval = Interval { from: row.least(name).unwrap_or(f32::MIN), ..POSITIVE };
                let argument = Argument { kind: row.name, name, expr, line };
                values[index] = argument.number(&interval, model, report).unwrap_or_default();
            }
            (Some(index), value, _) => {
                let message = format!("{subject}`{}` of `{}` is a number", row.arguments[index].0, row.name);
                report.error_help(value, message, &usage);
            }
            (None, _, Some(name)) => {
                let help = match closest(&name.to_string(), row.arguments.iter().map(|(known, _)| *known)) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => usage.clone(),
                };
                report.error_help(name, format!("{subject}`{}` has no argument `{name}`", row.name), help);
            }
            (None, value, None) => {
                let count = if values.len() == 1 {
                    "one argument".to_owned()
                } else {
                    format!("at most {} arguments", values.len())
                };
                report.error_help(value, format!("{subject}`{}` takes {count}", row.name), &usage);
            }
        }
    }
    values
}

/// What an argument of an activation can be, but for the least number.
const POSITIVE: Interval = Interval {
    help: |value| format!("write a positive number, such as `{}`", if value == 0.0 { 1.0 } else { value.abs() }),
    ..Interval::ANY
};

/// Plans an elementwise activation as a line of its own.
pub fn plan_elementwise(activation: &Elementwise, input: crate::model::Shape) -> Plan {
    if input.is_unknown() {
        return Plan::broken(input);
    }
    let sample = input.ty();
    let (ty, new, again) = (&activation.ty, &activation.new, activation.ty.clone());
    let op = Op::Layer {
        ty: quote!(::nn::layers::Activate<#sample, #ty>),
        new: quote!(::nn::layers::Activate::with(#new)),
        mirror: Mirror::Nothing,
        recast: false,
        order: Order::Same(Rc::new(move |sample, _| quote!(::nn::layers::Activate<#sample, #again>))),
    };
    Plan { takes: vec![input.clone()], gives: input, op }
}

/// Plans softmax or log-softmax.
pub fn plan_rowwise(row: &Activation, input: crate::model::Shape) -> Plan {
    if input.is_unknown() {
        return Plan::broken(input);
    }
    let (sample, name) = (input.ty(), format_ident!("{}", row.name));
    let op = Op::Layer {
        ty: quote!(::nn::layers::#name<#sample>),
        new: quote!(::nn::layers::#name::new()),
        mirror: Mirror::Nothing,
        recast: false,
        order: Order::Fixed,
    };
    Plan { takes: vec![input.clone()], gives: input, op }
}
