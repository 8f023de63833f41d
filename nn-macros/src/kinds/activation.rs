//! Activations, from the table that the library has its types from.

use super::Plan;
use crate::model::{Mirror, Op};
use crate::names::closest;
use crate::report::Report;
use crate::syntax::{Args, Value};
use nn_spec::{ACTIVATIONS, Activation};
use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
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
    pub fn of_row(row: &'static Activation, kind: &Ident, args: Option<&Args>, report: &mut Report) -> Option<Self> {
        let name = format_ident!("{}", row.name);
        let ty = quote!(::nn::layers::#name);
        if row.arguments.is_empty() {
            if args.is_some_and(|args| !args.list.is_empty()) {
                report.error_help(kind, format!("`{kind}` takes no arguments"), format!("write `{kind}`"));
                return None;
            }
            return Some(Self { new: ty.clone(), ty, name: row.name.to_owned() });
        }
        let values = arguments(row, args, report)?;
        let fields = row.arguments.iter().map(|(name, _)| format_ident!("{name}"));
        Some(Self { new: quote!(#ty { #(#fields: #values),* }), ty, name: row.name.to_owned() })
    }

    /// A user's type.
    pub fn own(kind: &Ident) -> Self {
        Self {
            ty: kind.to_token_stream(),
            new: quote!(<#kind as ::core::default::Default>::default()),
            name: kind.to_string(),
        }
    }
}

fn arguments(row: &'static Activation, args: Option<&Args>, report: &mut Report) -> Option<Vec<TokenStream>> {
    let mut values: Vec<TokenStream> =
        row.arguments.iter().map(|(_, default)| Literal::f32_unsuffixed(*default).to_token_stream()).collect();
    let mut fine = true;
    for (position, arg) in args.map_or(&[][..], |args| &args.list).iter().enumerate() {
        let index = match &arg.name {
            None => Some(position).filter(|position| *position < values.len()),
            Some(name) => row.arguments.iter().position(|(known, _)| name == known),
        };
        let usage = || {
            let list: Vec<String> = row.arguments.iter().map(|(name, default)| format!("{name} = {default}")).collect();
            format!("the arguments and their defaults are `{}({})`", row.name, list.join(", "))
        };
        match (index, &arg.value) {
            (Some(index), Value::Expr(expr)) => values[index] = number(expr),
            (Some(_), value) => {
                report.error_help(&value.span(), format!("an argument of `{}` is a number", row.name), usage());
                fine = false;
            }
            (None, value) => {
                let span = arg.name.as_ref().map_or_else(|| value.span(), Ident::span);
                let help = arg
                    .name
                    .as_ref()
                    .and_then(|name| closest(&name.to_string(), row.arguments.iter().map(|(known, _)| *known)))
                    .map_or_else(usage, |meant| format!("did you mean `{meant}`?"));
                let what = arg.name.as_ref().map_or_else(
                    || format!("`{}` takes at most {} arguments", row.name, values.len()),
                    |name| format!("`{}` has no argument `{name}`", row.name),
                );
                report.error_help(&span, what, help);
                fine = false;
            }
        }
    }
    fine.then_some(values)
}

/// An `f32` expression: `1` is meant as `1.0`.
fn number(expr: &syn::Expr) -> TokenStream {
    match expr {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(int), .. }) => match int.base10_parse::<f32>() {
            Ok(value) => Literal::f32_unsuffixed(value).to_token_stream(),
            Err(_) => expr.to_token_stream(),
        },
        _ => expr.to_token_stream(),
    }
}

/// Plans an elementwise activation as a line of its own.
pub fn plan_elementwise(activation: &Elementwise, input: crate::model::Shape) -> Plan {
    let sample = input.ty();
    let (ty, new) = (&activation.ty, &activation.new);
    let op = Op::Layer {
        ty: quote!(::nn::layers::Activate<#sample, #ty>),
        new: quote!(::nn::layers::Activate::with(#new)),
        mirror: Mirror::Nothing,
        recast: false,
    };
    Plan { takes: vec![input.clone()], gives: input, op }
}

/// Plans softmax or log-softmax.
pub fn plan_rowwise(row: &Activation, input: crate::model::Shape) -> Plan {
    let (sample, name) = (input.ty(), format_ident!("{}", row.name));
    let op = Op::Layer {
        ty: quote!(::nn::layers::#name<#sample>),
        new: quote!(::nn::layers::#name::new()),
        mirror: Mirror::Nothing,
        recast: false,
    };
    Plan { takes: vec![input.clone()], gives: input, op }
}
