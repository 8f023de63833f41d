//! Which lines a backward pass reaches: those that learn, and everything above them; all, if the gradient of the input is asked for.

use super::forward::train_flag;
use super::memory::{calls, reach_name};
use super::{locals, structs};
use crate::model::{Model, Shape, ValueId};
use crate::syntax::Element;
use proc_macro2::TokenStream;
use quote::quote;

/// The struct with a place for each line, and the function that fills it.
pub fn expand(model: &Model) -> TokenStream {
    let (name, flags) = (reach_name(model), structs::mirror_type(model, &quote!(bool)));
    let lines: Vec<_> = calls(model).map(|i| locals::value(model, i)).collect();
    let values = calls(model).map(|i| {
        let (below, ty, train) = (below(model, i), locals::layer_type(model, i), train_flag(model, i));
        quote!(::nn::Reach::of::<#ty>(#below, #train))
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

/// Tokens have no gradient.
pub fn are_tokens(model: &Model, value: ValueId) -> bool {
    matches!(model.shape(value), Shape::Dims { element: Element::U32, .. })
}
