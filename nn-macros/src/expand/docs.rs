//! Documentation of what is generated: the table of layers.

use crate::model::{Model, Node, Op};
use proc_macro2::TokenStream;
use quote::quote;

/// A table with one row for each line.
pub fn table(model: &Model) -> TokenStream {
    let mut lines = vec![String::new(), "| layer | kind | takes | gives |".to_owned(), "|---|---|---|---|".to_owned()];
    for node in &model.nodes {
        let takes: Vec<String> = node.sources.iter().map(|source| format!("`{}`", model.value_name(*source))).collect();
        let gives = node.gives.to_string();
        let gives = if gives.starts_with('`') { gives } else { format!("`{gives}`") };
        lines.push(format!(
            " | `{}` | {} | {} | {gives} |",
            node.name,
            node.kind.replace('[', "\\["),
            takes.join(", ")
        ));
    }
    quote!(#(#[doc = #lines])*)
}

/// The docs of the field of line `i`.
pub fn field(model: &Model, i: usize) -> TokenStream {
    let node: &Node = &model.nodes[i];
    if !node.docs.is_empty() {
        let docs = &node.docs;
        return quote!(#(#docs)*);
    }
    let shared: Vec<String> = (model.nodes.iter())
        .filter(|other| matches!(other.op, Op::Same { of } if of == i))
        .map(|other| format!("`{}`", other.name))
        .collect();
    let again = if shared.is_empty() { String::new() } else { format!(" Used again by {}.", shared.join(", ")) };
    let text =
        format!("{}, gives {}.{again}", node.kind.replace('[', "\\["), node.gives.to_string().replace('[', "\\["));
    quote!(#[doc = #text])
}
