//! What a network tells of its lines, so that a lower part which does not learn can be computed once.

use super::forward::train_flag;
use super::memory::{calls, reach_name};
use super::{locals, structs};
use crate::model::{Model, ValueId};
use proc_macro2::TokenStream;
use quote::quote;

/// `fn bottom`: the lines up to the last that all others are behind, if there is one.
pub fn expand(model: &Model) -> TokenStream {
    let Some(last) = calls(model).filter(|&i| is_narrow(model, i)).max() else { return TokenStream::new() };
    let (reach, flags) = (reach_name(model), structs::mirror_type(model, &quote!(bool)));
    let lines = calls(model).filter(|&i| i <= last).map(|i| {
        let (field, train, line) = (locals::field(model, i), train_flag(model, i), locals::value(model, i));
        let (name, narrow) = (model.nodes[i].name.to_string(), is_narrow(model, i));
        quote!(bottom.line(#name, &self.#field, #train, reach.#line.line, #narrow);)
    });
    quote! {
        fn bottom(&self, train: #flags, bottom: &mut ::nn::Bottom) {
            let reach = #reach::of(train, false);
            #(#lines)*
        }
    }
}

/// Whether the lines behind line `i`, and the outputs, read nothing but what it gives, or what they give themselves.
fn is_narrow(model: &Model, i: usize) -> bool {
    let behind = |value: ValueId| matches!(model.root(value), ValueId::Node(j) if j >= i);
    let lines = calls(model).filter(|&j| j > i).all(|j| model.nodes[j].sources.iter().all(|source| behind(*source)));
    lines && model.results.iter().flatten().all(|result| behind(*result))
}
