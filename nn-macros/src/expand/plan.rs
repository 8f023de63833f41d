//! Plans: the trait with a type for each line that learns, and what the network does by it.

use super::locals;
use super::structs::{grads_name, learns, mirror_name, mirrored, with_tensors};
use crate::model::{Mirror, Model, Op};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

/// `DigitsPlan`.
fn plan_name(model: &Model) -> Ident {
    format_ident!("{}Plan", model.name)
}

/// The trait that plans implement, where anything learns.
pub fn declared(model: &Model) -> TokenStream {
    let types: Vec<(Ident, String, TokenStream)> = mirrored(model)
        .map(|(i, node, ty, _)| (locals::plan_type(model, i), node.name.to_string(), quote!(: ::nn::plan::Plan<#ty>)))
        .collect();
    if types.is_empty() { TokenStream::new() } else { declaration(model, &types) }
}

fn declaration(model: &Model, types: &[(Ident, String, TokenStream)]) -> TokenStream {
    let (vis, plan) = (&model.vis, plan_name(model));
    let doc = format!(" A plan of [`{}`]: what learns of each line. `nn::plan` says how it is used.", model.name);
    let items = types.iter().map(|(ty, line, bound)| {
        let doc = format!(" What learns of `{line}`.");
        quote!(#[doc = #doc] type #ty #bound;)
    });
    quote! {
        #[doc = #doc]
        #vis trait #plan: 'static {
            #(#items)*
        }
    }
}

/// The same for a network with broken lines, of which it is not known whether they learn, nor by what plans.
pub fn unknown(model: &Model) -> (TokenStream, TokenStream) {
    let mut known: Vec<(Ident, String, TokenStream)> = Vec::new();
    for (i, node) in model.nodes.iter().enumerate() {
        let learns = match &node.op {
            Op::Layer { mirror, .. } => !matches!(mirror, Mirror::Nothing | Mirror::Frozen),
            Op::Broken => true,
            _ => false,
        };
        if learns {
            known.push((locals::plan_type(model, i), node.name.to_string(), TokenStream::new()));
        }
    }
    let (name, plan, grads, mirror) = (&model.name, plan_name(model), grads_name(model), mirror_name(model));
    let types = known.iter().map(|(ty, ..)| ty.clone());
    let code = quote! {
        ::nn::unplanned_network! { #name: #grads, #mirror; #plan: #(#types)* }
    };
    (declaration(model, &known), code)
}

/// What the network does by a plan.
pub fn expand(model: &Model) -> TokenStream {
    let (vis, name, plan) = (&model.vis, &model.name, plan_name(model));
    if !learns(model) {
        // Without any tensors, `parameters!` has written it.
        return if with_tensors(model).next().is_none() {
            TokenStream::new()
        } else {
            quote!(::nn::learns_nothing! { #name })
        };
    }
    let (grads, mirror) = (grads_name(model), mirror_name(model));
    let (by_plan, mirror_by_plan) = (format_ident!("{name}PlannedGrads"), format_ident!("{name}PlannedPerLayer"));
    let tensors = tensors(model);
    let lines = mirrored(model).filter_map(|(i, node, ..)| {
        let (line, layer, ty, path) =
            (&node.name, locals::layer_type(model, i)?, locals::plan_type(model, i), locals::path(node));
        Some(quote!(#line: #layer as #ty, #path;))
    });
    quote! {
        ::nn::planned_network! {
            #vis #name: #grads, #mirror;
            #plan: #by_plan, #mirror_by_plan;
            path;
            learning { #(#lines)* }
            #tensors
        }
    }
}

/// All lines with tensors, in order, where some are frozen by their type: no plan has a type for those.
fn tensors(model: &Model) -> Option<TokenStream> {
    with_tensors(model).find(|(.., mirror)| *mirror == Mirror::Frozen)?;
    let lines = with_tensors(model).filter_map(|(i, node, _, mirror)| {
        let (line, layer, path) = (&node.name, locals::layer_type(model, i)?, locals::path(node));
        let (learns, ty) = (mirror != Mirror::Frozen, locals::plan_type(model, i));
        let plan = if learns { quote!(__Plan::#ty) } else { quote!(::nn::plan::Train) };
        Some(quote!(#line: #layer as #plan, #path;))
    });
    Some(quote!(tensors { #(#lines)* }))
}
