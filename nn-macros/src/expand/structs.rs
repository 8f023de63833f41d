//! The struct of the network, its gradients and its mirror.

use super::{docs, locals};
use crate::model::{Mirror, Model, Node, Op};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::Ident;

/// The lines that have a field: all but views and repeated weights.
pub fn fields(model: &Model) -> impl Iterator<Item = (usize, &Node, &TokenStream, &TokenStream)> {
    model.nodes.iter().enumerate().filter_map(|(i, node)| match &node.op {
        Op::Layer { ty, new, .. } => Some((i, node, ty, new)),
        _ => None,
    })
}

/// The lines whose layers have tensors, with the type of the layer.
pub fn with_tensors(model: &Model) -> impl Iterator<Item = (usize, &Node, &TokenStream, Mirror)> {
    model.nodes.iter().enumerate().filter_map(|(i, node)| match &node.op {
        Op::Layer { ty, mirror, .. } if *mirror != Mirror::Nothing => Some((i, node, ty, *mirror)),
        _ => None,
    })
}

/// Those of them that have a place in the mirror: the others are frozen.
pub fn mirrored(model: &Model) -> impl Iterator<Item = (usize, &Node, &TokenStream, Mirror)> {
    with_tensors(model).filter(|(_, _, _, mirror)| *mirror != Mirror::Frozen)
}

/// Whether the layer that line `i` uses has a place in the mirror: flags, gradients.
pub fn is_mirrored(model: &Model, i: usize) -> bool {
    let field = super::locals::field(model, i);
    mirrored(model).any(|(_, node, _, _)| node.name == *field)
}

/// Whether any line learns.
pub fn learns(model: &Model) -> bool {
    mirrored(model).next().is_some() || super::stub::is_broken(model)
}

/// `DigitsGrads`.
pub fn grads_name(model: &Model) -> Ident {
    format_ident!("{}Grads", model.name)
}

/// `DigitsGrads`, or `()` where nothing learns.
pub fn grads_type(model: &Model) -> TokenStream {
    if learns(model) { grads_name(model).into_token_stream() } else { quote!(()) }
}

/// `DigitsPerLayer<of>`, or `()` where nothing learns.
pub fn mirror_type(model: &Model, of: &TokenStream) -> TokenStream {
    let name = mirror_name(model);
    if learns(model) { quote!(#name<#of>) } else { quote!(()) }
}

/// `DigitsPerLayer`.
pub fn mirror_name(model: &Model) -> Ident {
    format_ident!("{}PerLayer", model.name)
}

/// The structs that users see.
pub fn expand(model: &Model) -> TokenStream {
    let (vis, name, attrs) = (&model.vis, &model.name, &model.attrs);
    let table = docs::table(model);
    let fields = fields(model).map(|(i, node, ty, _)| {
        let (field, lines) = (&node.name, docs::field(model, i));
        quote!(#lines pub #field: #ty)
    });
    let learning = learns(model).then(|| learning(model));
    quote! {
        #(#attrs)*
        #table
        #vis struct #name {
            #(#fields,)*
        }
        #learning
    }
}

fn learning(model: &Model) -> TokenStream {
    let (vis, name) = (&model.vis, &model.name);
    let (grads, mirror) = (grads_name(model), mirror_name(model));
    // Whatever the lines are of must not be hidden by it.
    let plain = format_ident!("T");
    let of = if locals::names_type(model, &plain) { format_ident!("__T") } else { plain };
    let gradients = mirrored(model).map(|(_, node, ty, _)| {
        let (field, doc) = (&node.name, format!(" The gradients of `{}`.", node.name));
        quote!(#[doc = #doc] pub #field: <#ty as ::nn::Parameters>::Grads)
    });
    let places = mirrored(model).map(|(_, node, ty, mirror)| {
        let (field, doc) = (&node.name, format!(" For `{}`.", node.name));
        match mirror {
            Mirror::Own => quote!(#[doc = #doc] pub #field: <#ty as ::nn::Parameters>::PerLayer<#of>),
            _ => quote!(#[doc = #doc] pub #field: #of),
        }
    });
    let grads_doc = format!(" The gradients of [`{name}`], under the names of its lines.");
    let mirror_doc = format!(" A `{of}` for each layer of [`{name}`] that has parameters.");
    quote! {
        #[doc = #grads_doc]
        #vis struct #grads {
            #(#gradients,)*
        }
        #[doc = #mirror_doc]
        #[derive(Clone, Copy)]
        #vis struct #mirror<#of: ::core::marker::Copy> {
            #(#places,)*
        }
    }
}

/// A name for the type of each layer.
pub fn aliases(model: &Model) -> TokenStream {
    let lines = fields(model).filter_map(|(i, _, ty, _)| {
        let alias = locals::layer_type(model, i)?;
        Some(quote!(type #alias = #ty;))
    });
    quote!(#(#lines)*)
}

/// The type of a value, for annotations.
pub fn value_type(model: &Model, i: usize) -> TokenStream {
    model.nodes[i].gives.ty()
}
