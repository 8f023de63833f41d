//! The names of local variables in generated functions.

use crate::model::{Model, Node, Op, Shape, ValueId};
use crate::names::{constant, pascal};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::Ident;

/// Variables of the generated functions, none of which a line may shadow.
const TAKEN: &[&str] = &[
    "x", "y", "n", "tape", "train", "cx", "saved", "dy", "dx", "grads", "each", "path", "per", "f", "key", "self",
    "reach", "idle",
];

/// A variable for what line `i` gives.
pub fn value(model: &Model, i: usize) -> Ident {
    free(model.nodes[i].name.to_string())
}

/// A variable for what line `i` keeps on the tape.
pub fn tape(model: &Model, i: usize) -> Ident {
    Ident::new(&format!("{}_tape", plain(model, i)), Span::call_site())
}

/// A variable for the gradient with respect to what line `i` gives.
pub fn gradient(model: &Model, i: usize) -> Ident {
    Ident::new(&format!("d_{}", plain(model, i)), Span::call_site())
}

/// The constant with the memory that line `i` needs.
pub fn memory(model: &Model, i: usize) -> Ident {
    format_ident!("{}_MEMORY", distinct(model, i, constant))
}

/// The field of line `i`, or of the line whose weights it uses.
pub fn field(model: &Model, i: usize) -> &Ident {
    match model.nodes[i].op {
        Op::Same { of } => &model.nodes[of].name,
        _ => &model.nodes[i].name,
    }
}

/// The alias of the layer's type of line `i`, if it has one: the types are long, and each is written once.
pub fn layer_type(model: &Model, i: usize) -> Option<Ident> {
    match &model.nodes[i].op {
        Op::Layer { .. } => {
            let alias = format_ident!("{}Layer", plan_type(model, i));
            // A network or a type of the user's may have that name.
            Some(if names_type(model, &alias) { format_ident!("The{alias}") } else { alias })
        }
        Op::Same { of } => layer_type(model, *of),
        Op::View | Op::Broken => None,
    }
}

/// Whether the type of a line has this name.
pub fn names_type(model: &Model, name: &Ident) -> bool {
    fn contains(tokens: TokenStream, name: &Ident) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => ident == *name,
            TokenTree::Group(group) => contains(group.stream(), name),
            _ => false,
        })
    }
    *name == model.name
        || model.nodes.iter().any(|node| matches!(&node.op, Op::Layer { ty, .. } if contains(ty.clone(), name)))
}

/// What line `i` is called in plans: `Fc1` for `fc_1`, and `Line1` for `_1`, of which nothing would be left that is a name.
pub fn plan_type(model: &Model, i: usize) -> Ident {
    let name = distinct(model, i, pascal);
    syn::parse_str(&name).unwrap_or_else(|_| format_ident!("Line{name}"))
}

/// The path in files of a line of the network at `path`.
pub fn path(node: &Node) -> TokenStream {
    let name = &node.file_name;
    match node.file_elements {
        Some((first, _)) => quote!(&path.join(#name).counting_from(#first)),
        None => quote!(&path.join(#name)),
    }
}

/// The place of output `i` in `owner` (`y`, `dy`, `saved.y`).
pub fn output(model: &Model, i: usize, owner: &TokenStream) -> TokenStream {
    member(model.outputs[i].name.as_ref(), owner)
}

/// The place of input `i` in `owner` (`x`, `saved.x`).
pub fn input(model: &Model, i: usize, owner: &TokenStream) -> TokenStream {
    member(model.inputs[i].name.as_ref(), owner)
}

/// The value of `source`, which is `&[…]` of shape `gives`, as `&[…]` of shape `takes`.
pub fn recast(value: TokenStream, gives: &Shape, takes: &Shape) -> TokenStream {
    if gives.same_as(takes) { value } else { quote!(::nn::view(#value)) }
}

/// The same of `&mut […]`.
pub fn recast_mut(value: TokenStream, gives: &Shape, takes: &Shape) -> TokenStream {
    if gives.same_as(takes) { value } else { quote!(::nn::view_mut(#value)) }
}

/// Whether some line takes or some view shows the value.
pub fn is_read(model: &Model, value: ValueId) -> bool {
    model.nodes.iter().any(|node| node.sources.contains(&value))
}

fn member(name: Option<&Ident>, owner: &TokenStream) -> TokenStream {
    name.map_or_else(|| owner.clone(), |name| quote!(#owner.#name))
}

/// The name of line `i` in another spelling, with the number of the line where that of an earlier line is the same
/// (`res_1` and `res1` are both `Res1`).
fn distinct(model: &Model, i: usize, spelling: fn(&str) -> String) -> String {
    let name = spelling(&plain(model, i));
    let repeated = (0..i).any(|other| spelling(&plain(model, other)) == name);
    if repeated { format!("{name}{i}") } else { name }
}

fn plain(model: &Model, i: usize) -> String {
    model.nodes[i].name.to_string().trim_start_matches("r#").to_owned()
}

fn free(name: String) -> Ident {
    let name = name.trim_start_matches("r#");
    let shadows = TAKEN.contains(&name)
        || ["slot", "spare", "d_"].iter().any(|prefix| name.starts_with(prefix))
        || name.ends_with("_tape")
        || name.ends_with("_value");
    if shadows {
        format_ident!("{name}_value")
    } else {
        syn::parse_str(name).unwrap_or_else(|_| format_ident!("r#{name}"))
    }
}
