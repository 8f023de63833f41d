//! Constants: named sizes, and the limits of a budget.

use crate::model::Model;
use crate::syntax::Quantity;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

/// Sizes that are computed from const items, each written once.
pub fn sizes(model: &Model) -> TokenStream {
    if model.sizes.is_empty() {
        return TokenStream::new();
    }
    let name = &model.name;
    let (names, values): (Vec<_>, Vec<_>) = model.sizes.iter().cloned().unzip();
    quote! {
        impl #name {
            #(const #names: usize = #values;)*
        }
    }
}

/// One assertion for each limit.
pub fn budget(model: &Model) -> TokenStream {
    let name = &model.name;
    let limits = model.budget.iter().map(|limit| {
        let (found, what) = match limit.quantity {
            Quantity::Params => (quote!(#name::PARAMS as u64), "parameters"),
            Quantity::Flops => (quote!(#name::FLOPS), "floating-point operations a sample"),
            Quantity::Workspace => (quote!(#name::WORKSPACE_BYTES as u64), "bytes of workspace"),
        };
        let (message, most, word) = (format!("{} has ", model.title), limit.most, limit.word.to_string());
        let middle = format!(" {what}, but its budget says `{word} <= ");
        quote_spanned!(limit.span=> const _: () = ::nn::expand::check_budget(#message, #found, #middle, #most);)
    });
    quote!(#(#limits)*)
}
