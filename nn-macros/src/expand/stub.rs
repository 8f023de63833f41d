//! What is printed of a network with mistakes: everything that other code can name, so that the mistakes are told and not their
//! echoes.
//!
//! A line with a mistake becomes a field whose type depends on a constant that is a `compile_error!`. rustc reports that once, as
//! it would anywhere, and is silent about everything that is done with the field.

use super::structs::{fields, grads_name, mirror_name};
use super::{api, docs, layer, plan, ports};
use crate::model::{Model, Op};
use crate::names::{TYPES_OF_INPUTS, TYPES_OF_OUTPUTS};
use crate::report::Report;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Visibility};

/// A type that rustc is silent about.
pub struct Mistake {
    /// What declares it.
    pub item: TokenStream,
    /// Its name.
    pub ty: TokenStream,
}

impl Mistake {
    /// The type for the broken lines of a network and its bodies, if there are any. It takes one mistake out of the report.
    pub fn new(model: &Model, report: &mut Report) -> Option<Self> {
        if !any_broken(model) {
            return None;
        }
        let Some(error) = report.take_as_type() else {
            let ty = poison(model)?;
            return Some(Self { item: TokenStream::new(), ty });
        };
        let name = format_ident!("{}Mistake", model.name);
        Some(Self { item: quote!(type #name = #error;), ty: quote!(#name) })
    }
}

/// Whether a line has a mistake, which leaves its type unknown.
pub fn is_broken(model: &Model) -> bool {
    model.nodes.iter().any(|node| matches!(node.op, Op::Broken))
}

fn any_broken(model: &Model) -> bool {
    is_broken(model) || model.bodies.iter().any(any_broken)
}

/// A network of the same call that has a mistake in its head, and stands in a line of this one.
fn poison(model: &Model) -> Option<TokenStream> {
    model.poison.clone().or_else(|| model.bodies.iter().find_map(poison))
}

/// A network with broken lines.
pub fn expand(model: &Model, mistake: &TokenStream) -> TokenStream {
    let (vis, name, attrs) = (&model.vis, &model.name, &model.attrs);
    let mut known: Vec<&Ident> = Vec::new();
    let known_fields = fields(model).map(|(i, node, ty, _)| (&node.name, docs::field(model, i), ty));
    let broken = model.nodes.iter().filter(|node| matches!(node.op, Op::Broken));
    let broken = broken.map(|node| (&node.name, TokenStream::new(), mistake));
    let fields: Vec<TokenStream> = known_fields
        .chain(broken)
        .filter_map(|(field, docs, ty)| {
            let new = !known.contains(&field);
            known.push(field);
            new.then(|| quote!(#docs pub #field: #ty))
        })
        .collect();
    let (ports, learning) = (ports::expand(model), learning(model, mistake));
    let (api, parameters, layer) =
        (api::expand(model, false), parameters(model), layer::expand(model, false, Some(mistake)));
    let (plan, planned) = plan::unknown(model);
    quote! {
        #(#attrs)*
        #[allow(missing_docs)]
        #vis struct #name {
            #(#fields,)*
        }
        #learning
        #plan
        #ports
        const _: () = {
            #[allow(unused_imports)]
            use ::nn::expand::names::*;
            #api
            #parameters
            #layer
            #planned
        };
    }
}

fn learning(model: &Model, mistake: &TokenStream) -> TokenStream {
    let (vis, grads, mirror) = (&model.vis, grads_name(model), mirror_name(model));
    quote! {
        #[allow(missing_docs)]
        #vis type #grads = #mistake;
        #[allow(missing_docs)]
        #vis type #mirror<T> = <#mistake as ::nn::expand::Choose<T>>::Type;
    }
}

fn parameters(model: &Model) -> TokenStream {
    let (name, grads, mirror) = (&model.name, grads_name(model), mirror_name(model));
    quote! {
        #[allow(unused_variables)]
        impl ::nn::Parameters for #name {
            type Grads = #grads;
            type PerLayer<T: Copy> = #mirror<T>;
            const PARAMS: usize = 0;

            fn grads(&self) -> #grads {
                unreachable!()
            }
            fn no_grads() -> #grads {
                unreachable!()
            }
            fn per_layer<T: Copy>(value: T) -> #mirror<T> {
                unreachable!()
            }
            fn map_layers<T: Copy, U: Copy>(
                per: #mirror<T>,
                path: &::nn::Path<'_>,
                f: &mut dyn FnMut(&::nn::Path<'_>, T) -> U,
            ) -> #mirror<U> {
                unreachable!()
            }
            fn tensors(&self, path: &::nn::Path<'_>, each: ::nn::Each<'_>) {}
            fn tensors_mut(&mut self, path: &::nn::Path<'_>, each: ::nn::EachMut<'_>) {}
            fn pairs<T: Copy>(
                &mut self,
                grads: &mut #grads,
                per: #mirror<T>,
                path: &::nn::Path<'_>,
                each: ::nn::EachPair<'_, T>,
            ) {
            }
            fn gradients(
                grads: &mut #grads,
                path: &::nn::Path<'_>,
                each: &mut dyn FnMut(&::nn::Path<'_>, &mut ::nn::Tensor),
            ) {
            }
        }
    }
}

/// A network of which only the name is known.
pub fn headless(vis: &Visibility, name: &Ident, several: bool, error: syn::Error) -> TokenStream {
    let mut report = Report::default();
    report.push(error);
    let error = report.take_as_type();
    let (grads, mirror) = (format_ident!("{name}Grads"), format_ident!("{name}PerLayer"));
    let values = TYPES_OF_INPUTS.iter().chain(&TYPES_OF_OUTPUTS).filter(|_| several);
    let values = values.map(|part| format_ident!("{name}{part}"));
    quote! {
        #[allow(missing_docs)]
        #vis type #name = #error;
        #[allow(missing_docs)]
        #vis type #grads = #name;
        #[allow(missing_docs)]
        #vis type #mirror<T> = <#name as ::nn::expand::Choose<T>>::Type;
        #(
            #[allow(missing_docs)]
            #vis type #values = #name;
        )*
    }
}
