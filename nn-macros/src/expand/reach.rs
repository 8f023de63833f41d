//! Which lines a backward pass reaches: those that learn, and everything above them; all, if the gradient of the input is asked for.

use super::memory::{calls, reach_name};
use super::{locals, structs};
use crate::model::{Mirror, Model, Shape, ValueId};
use crate::syntax::Element;
use proc_macro2::TokenStream;
use quote::quote;

/// The struct with a place for each line, and the function that fills it.
pub fn expand(model: &Model) -> TokenStream {
    let (name, flags) = (reach_name(model), structs::mirror_type(model, &quote!(bool)));
    let lines: Vec<_> = calls(model).map(|i| locals::value(model, i)).collect();
    let values = calls(model).map(|i| {
        let (below, learns) = (below(model, i), learns(model, i));
        quote!(::nn::Reach::of(#below, #learns))
    });
    let doc = format!(" What a backward pass through [`{}`] reaches.", model.name);
    quote! {
        #[doc = #doc]
        struct #name {
            #(#lines: ::nn::Reach,)*
        }

        #[allow(unused_variables)]
        impl #name {
            fn of(train: #flags, dx: bool) -> Self {
                #(let #lines = #values;)*
                Self { #(#lines),* }
            }
        }
    }
}

/// Whether the pass goes on below line `i`: to any of its sources.
fn below(model: &Model, i: usize) -> TokenStream {
    let mut terms: Vec<TokenStream> = Vec::new();
    for source in model.nodes[i].sources.iter().filter(|source| !are_tokens(model, **source)) {
        let term = match model.root(*source) {
            ValueId::Input(_) => quote!(dx),
            ValueId::Node(j) => {
                let line = locals::value(model, j);
                quote!(#line.line)
            }
        };
        if !terms.iter().any(|known| known.to_string() == term.to_string()) {
            terms.push(term);
        }
    }
    if terms.is_empty() { quote!(false) } else { quote!(#(#terms)||*) }
}

/// Whether line `i` learns itself.
fn learns(model: &Model, i: usize) -> TokenStream {
    let field = locals::field(model, i);
    let owner = structs::mirrored(model).find(|(_, node, _, _)| node.name == *field);
    match owner {
        None => quote!(false),
        Some((owner, node, _, Mirror::Own)) => {
            let (name, ty) = (&node.name, locals::layer_type(model, owner));
            quote!(<#ty as ::nn::Parameters>::any(train.#name))
        }
        Some((_, node, ..)) => {
            let name = &node.name;
            quote!(train.#name)
        }
    }
}

/// Tokens have no gradient.
pub fn are_tokens(model: &Model, value: ValueId) -> bool {
    matches!(model.shape(value), Shape::Dims { element: Element::U32, .. })
}
