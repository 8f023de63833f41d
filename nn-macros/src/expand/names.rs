//! The assertion that files can tell the tensors of a network apart.

use crate::model::Model;
use crate::report::Range;
use proc_macro2::TokenStream;
use quote::quote;

/// The assertion, where a line has a name that can meet those of other levels. All lines of one level have names of their own already.
pub fn check(model: &Model) -> TokenStream {
    if !reaches_other_levels(model) {
        return TokenStream::new();
    }
    let (name, subject) = (&model.name, format!("{}: two tensors are called `", model.title));
    let end = "` in files\n\nhelp: write another `#[name]`: files tell tensors apart by it";
    let check = Range::of(name).call("check_names", quote!(#subject, &<#name as ::nn::Parameters>::TENSORS, #end));
    quote! {
        #[allow(long_running_const_eval)]
        const _: () = #check;
    }
}

/// Whether a line here or in a body has a name in files that is none, or of several parts.
fn reaches_other_levels(model: &Model) -> bool {
    let reaches = |name: &str| name.is_empty() || name.contains('.');
    model.nodes.iter().any(|node| reaches(&node.file_name) || node.file_elements.is_some())
        || model.bodies.iter().any(reaches_other_levels)
}
