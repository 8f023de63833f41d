//! Constants: named sizes, and the limits of a budget.

use crate::model::{Model, Size};
use crate::report::Place;
use crate::syntax::Quantity;
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Ident;

/// Sizes that are computed from const items, each written once.
pub fn sizes(model: &Model) -> TokenStream {
    if model.sizes.is_empty() {
        return TokenStream::new();
    }
    let owner = &model.sizes_type;
    let constants = model.sizes.iter().map(|Size { name, ty, value, .. }| {
        let ty = Ident::new(ty, Span::call_site());
        quote!(const #name: #ty = #value;)
    });
    let doc = format!(" The sizes of [`{}`] that are computed while the program compiles.", model.name);
    quote! {
        #[doc = #doc]
        struct #owner;

        #[allow(arithmetic_overflow)]
        impl #owner {
            #(#constants)*
        }
    }
}

/// One assertion for each limit.
pub fn budget(model: &Model) -> TokenStream {
    let name = &model.name;
    let limits = model.budget.iter().map(|limit| {
        let (found, has, what) = match limit.quantity {
            Quantity::Params => {
                (quote!((#name::PARAMS + <#name as ::nn::Parameters>::FROZEN_PARAMS) as u64), "has", "parameters")
            }
            Quantity::Flops => (quote!(#name::FLOPS), "takes", "floating-point operations a sample"),
            Quantity::Workspace => (quote!(#name::WORKSPACE_BYTES as u64), "needs", "bytes of workspace for a sample"),
        };
        let (message, most, word) = (format!("{} {has} ", model.title), limit.most, limit.word.to_string());
        let middle = format!(" {what}, but its budget is `{word} <= ");
        let check = limit.span.range().call("check_budget", quote!(#message, #found, #middle, #most));
        quote!(const _: () = #check;)
    });
    quote!(#(#limits)*)
}
