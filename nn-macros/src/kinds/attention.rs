//! `MultiHeadAttention(heads = 4)`, `MultiHeadAttention(4, causal = true)`.

use super::{Axes, Form, Kind, Param, Plan, Planner, Takes};
use crate::model::{Mirror, Op, Order};
use proc_macro2::TokenStream;
use quote::quote;

/// Each position takes from all others what it attends to.
pub const MULTI_HEAD_ATTENTION: Kind = Kind {
    name: "MultiHeadAttention",
    params: &[
        Param::required("heads", Form::Size, "4"),
        Param::optional("causal", Form::Bool, "true"),
        Param::optional("bias", Form::Bool, "false"),
    ],
    takes: Takes::One,
    tokens: false,
    fuses: false,
    axes: Axes::Steps,
    plan,
};

fn plan(planner: &mut Planner<'_>) -> Option<Plan> {
    let input = planner.input();
    let heads = planner.size("heads")?;
    let source = planner.source_names[0].clone();
    let place = planner.args.place("heads").unwrap_or_else(|| crate::report::Range::of(planner.line));
    let known = input.is_unknown();
    let Some([_, features]) = planner.steps() else {
        return if known { Some(Plan::broken(input)) } else { None };
    };
    match (heads.value, features.value) {
        (Some(count), Some(size)) if size.is_multiple_of(count) => {}
        (Some(count), Some(size)) => {
            let near = (1..=count.min(size)).rev().find(|n| size.is_multiple_of(*n)).unwrap_or(1);
            let what = format!("has {count} heads, but `{source}` gives {size} features, {input}");
            let help = format!("the heads divide the features: write `MultiHeadAttention(heads = {near})`");
            planner.error(&place, what, help);
            return Some(Plan::broken(input));
        }
        _ => {
            let subject = format!("{}: layer `{}` has ", planner.model.title, planner.line);
            let (heads, features) = (&heads.tokens, &features.tokens);
            let middle = " heads, which do not divide the ";
            let end = format!(" features of `{source}`\n\nhelp: write a number of heads that divides the features");
            planner.model.check(&place, "check_divides", quote!(#subject, #heads, #middle, #features, #end));
        }
    }
    let flag = |name, default| planner.args.flag(name).unwrap_or(default);
    let (sample, heads) = (input.ty(), heads.argument());
    let rest = match (flag("causal", false), flag("bias", true)) {
        (false, true) => TokenStream::new(),
        (true, true) => quote!(, true),
        (causal, false) => quote!(, #causal, false),
    };
    let ty = quote!(::nn::layers::MultiHeadAttention<#sample, #heads #rest>);
    let new = quote!(::nn::layers::MultiHeadAttention::new());
    let op = Op::Layer { ty, new, mirror: Mirror::Value, recast: false, order: Order::Fixed };
    Some(Plan { takes: vec![input.clone()], gives: input, op })
}
