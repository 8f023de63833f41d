//! `#[frozen]`: the layer of a line becomes one that never learns.

use crate::model::{Mirror, Op, Order};
use crate::report::Report;
use quote::quote;
use std::rc::Rc;
use syn::{Attribute, Ident};

/// Freezes the layer of line `line`, which is a `kind`.
pub fn freeze(op: &mut Op, line: &Ident, kind: &str, title: &str, attr: &Attribute, report: &mut Report) {
    match op {
        Op::Layer { mirror: Mirror::Adapted, .. } => {
            let message = format!("{title}: layer `{line}` is frozen, but has a low-rank adapter that learns");
            report.error_help(attr, message, "remove `#[frozen]`: `#[lora]` freezes all but the adapter");
        }
        Op::Layer { ty, new, mirror, order, .. } if *mirror != Mirror::Nothing => {
            *ty = quote!(::nn::layers::Frozen<#ty>);
            *new = quote!(::nn::layers::Frozen(#new));
            *mirror = Mirror::Frozen;
            if let Order::Same(make) | Order::Any(make) | Order::Takes(make) = order {
                let layer = make.clone();
                *make = Rc::new(move |takes, gives| {
                    let ty = layer(takes, gives);
                    quote!(::nn::layers::Frozen<#ty>)
                });
            }
        }
        Op::Same { .. } => {
            let message = format!("{title}: layer `{line}` is frozen, but has the weights of another line");
            report.error_help(attr, message, "write `#[frozen]` before the line that has the weights");
        }
        Op::Layer { .. } | Op::View => {
            let message = format!("{title}: layer `{line}` ({kind}) is frozen, but has nothing that learns");
            report.error_help(attr, message, "remove `#[frozen]`: it is for lines with parameters");
        }
        Op::Broken => {}
    }
}
