//! The values of a network with several inputs or outputs, and the struct that holds a loss for each output.

use crate::model::{Model, Port};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

/// The type of what the network takes.
pub fn input_type(model: &Model) -> TokenStream {
    value_type(&model.inputs, &format_ident!("{}In", model.name))
}

/// The type of what the network gives.
pub fn output_type(model: &Model) -> TokenStream {
    value_type(&model.outputs, &format_ident!("{}Out", model.name))
}

fn value_type(ports: &[Port], name: &Ident) -> TokenStream {
    match ports {
        [port] => port.declared.ty(),
        _ => quote!(#name),
    }
}

/// The declarations of values with several parts.
pub fn expand(model: &Model) -> TokenStream {
    let input = (model.inputs.len() > 1).then(|| several(model, &model.inputs, "In", "takes"));
    let output = (model.outputs.len() > 1).then(|| {
        let (values, loss) = (several(model, &model.outputs, "Out", "gives"), loss(model));
        quote!(#values #loss)
    });
    quote!(#input #output)
}

fn several(model: &Model, ports: &[Port], suffix: &str, word: &str) -> TokenStream {
    let vis = &model.vis;
    let owned = format_ident!("{}{suffix}", model.name);
    let (read, write) = (format_ident!("{owned}Ref"), format_ident!("{owned}Mut"));
    let names = ports.iter().map(|port| &port.name);
    let types = ports.iter().map(|port| port.shape.ty());
    let doc = format!(" What [`{}`] {word}.", model.name);
    quote! {
        ::nn::several! {
            #[doc = #doc]
            #vis struct #owned, #read, #write { #(#names: #types),* }
        }
    }
}

fn loss(model: &Model) -> TokenStream {
    let (vis, out, name) = (&model.vis, format_ident!("{}Out", model.name), format_ident!("{}Loss", model.name));
    let names = model.outputs.iter().map(|port| &port.name);
    let types = model.outputs.iter().map(|port| port.shape.ty());
    let doc = format!(" A loss for each output of [`{}`]; targets are a tuple in the same order.", model.name);
    quote! {
        ::nn::several_losses! {
            #[doc = #doc]
            #vis struct #name for #out { #(#names: #types),* }
        }
    }
}
