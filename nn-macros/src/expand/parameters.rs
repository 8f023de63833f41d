//! `impl Parameters`: one statement for each line that has parameters.

use super::locals;
use super::structs::{grads_name, grads_type, learns, mirror_name, mirror_type, mirrored, with_tensors};
use crate::model::{Mirror, Model};
use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

/// The implementation.
pub fn expand(model: &Model) -> TokenStream {
    let name = &model.name;
    if !learns(model) && with_tensors(model).next().is_none() {
        return quote!(::nn::parameters! { impl[] #name });
    }
    let (grads, per) = (grads_type(model), mirror_type(model, &quote!(T)));
    let counts = counts(model);
    let (values, mirrors) = (values(model), mirrors(model));
    let (tensors, pairs, adapters) = (tensors(model), pairs(model), adapters(model));
    quote! {
        #[allow(unused_variables)]
        impl ::nn::Parameters for #name {
            type Grads = #grads;
            type PerLayer<T: Copy> = #per;
            #counts
            #values
            #mirrors
            #tensors
            #pairs
            #adapters
        }
    }
}

/// The visits of low-rank adapters, where a line has one or may have one inside.
fn adapters(model: &Model) -> TokenStream {
    let lines = with_tensors(model).filter(|(_, _, _, mirror)| *mirror != Mirror::Value);
    let (fields, paths): (Vec<_>, Vec<_>) = lines.map(|(_, node, _, _)| (&node.name, locals::path(node))).unzip();
    if fields.is_empty() {
        return TokenStream::new();
    }
    quote! {
        fn adapters(&self, path: &::nn::Path<'_>, each: ::nn::lora::EachAdapter<'_>) {
            #(::nn::Parameters::adapters(&self.#fields, #paths, each);)*
        }
        fn adapters_mut(&mut self, path: &::nn::Path<'_>, each: ::nn::lora::EachAdapterMut<'_>) {
            #(::nn::Parameters::adapters_mut(&mut self.#fields, #paths, each);)*
        }
    }
}

/// The types of the layers of some lines.
fn types<'a>(model: &Model, lines: impl Iterator<Item = usize> + 'a) -> Vec<Ident> {
    lines.filter_map(|i| locals::layer_type(model, i)).collect()
}

fn counts(model: &Model) -> TokenStream {
    let learning = types(model, mirrored(model).map(|(i, ..)| i));
    let frozen = with_tensors(model).filter(|(_, _, _, mirror)| *mirror != Mirror::Value);
    let frozen = types(model, frozen.map(|(i, ..)| i));
    let sum = |types: &[Ident], constant: TokenStream| match types {
        [] => quote!(0),
        _ => quote!(#(<#types as ::nn::Parameters>::#constant)+*),
    };
    let params = sum(&learning, quote!(PARAMS));
    let frozen = (!frozen.is_empty()).then(|| {
        let params = sum(&frozen, quote!(FROZEN_PARAMS));
        quote!(const FROZEN_PARAMS: usize = #params;)
    });
    let lines = with_tensors(model).filter_map(|(i, node, ..)| {
        let (ty, name) = (locals::layer_type(model, i)?, &node.file_name);
        let first = node.file_elements.as_ref().map_or_else(|| quote!(0), |(first, _)| quote!(#first));
        Some(quote!((#name, #first, <#ty as ::nn::Parameters>::TENSORS)))
    });
    quote! {
        const PARAMS: usize = #params;
        #frozen
        const TENSORS: ::nn::Tensors = ::nn::Tensors::Lines(&[#(#lines),*]);
    }
}

/// The gradients.
fn values(model: &Model) -> TokenStream {
    if !learns(model) {
        return quote! {
            fn grads(&self) {}
            fn no_grads() {}
        };
    }
    let (grads, types) = (grads_name(model), types(model, mirrored(model).map(|(i, ..)| i)));
    let fields: Vec<&Ident> = mirrored(model).map(|(_, node, ..)| &node.name).collect();
    quote! {
        fn grads(&self) -> #grads {
            #grads { #(#fields: ::nn::Parameters::grads(&self.#fields)),* }
        }
        fn no_grads() -> #grads {
            #grads { #(#fields: <#types as ::nn::Parameters>::no_grads()),* }
        }
    }
}

/// What makes mirrors.
fn mirrors(model: &Model) -> TokenStream {
    let (per, of) = (mirror_type(model, &quote!(T)), mirror_type(model, &quote!(U)));
    let (name, types) = (mirror_name(model), types(model, mirrored(model).map(|(i, ..)| i)));
    let fields: Vec<&Ident> = mirrored(model).map(|(_, node, ..)| &node.name).collect();
    let paths = mirrored(model).map(|(_, node, ..)| locals::path(node));
    let (one, mapped) = if learns(model) {
        (
            quote!(#name { #(#fields: <#types as ::nn::Parameters>::per_layer(value)),* }),
            quote!(#name { #(#fields: <#types as ::nn::Parameters>::map_layers(per.#fields, #paths, f)),* }),
        )
    } else {
        (TokenStream::new(), TokenStream::new())
    };
    quote! {
        fn per_layer<T: Copy>(value: T) -> #per {
            #one
        }
        fn map_layers<T: Copy, U: Copy>(
            per: #per,
            path: &::nn::Path<'_>,
            f: &mut dyn FnMut(&::nn::Path<'_>, T) -> U,
        ) -> #of {
            #mapped
        }
    }
}

/// What visits tensors, those that are frozen among them.
fn tensors(model: &Model) -> TokenStream {
    let (fields, paths): (Vec<&Ident>, Vec<TokenStream>) =
        with_tensors(model).map(|(_, node, ..)| (&node.name, locals::path(node))).unzip();
    quote! {
        fn tensors(&self, path: &::nn::Path<'_>, each: ::nn::Each<'_>) {
            #(::nn::Parameters::tensors(&self.#fields, #paths, each);)*
        }
        fn tensors_mut(&mut self, path: &::nn::Path<'_>, each: ::nn::EachMut<'_>) {
            #(::nn::Parameters::tensors_mut(&mut self.#fields, #paths, each);)*
        }
    }
}

/// What visits gradients.
fn pairs(model: &Model) -> TokenStream {
    let (grads, per) = (grads_type(model), mirror_type(model, &quote!(T)));
    let types = types(model, mirrored(model).map(|(i, ..)| i));
    let (fields, paths): (Vec<&Ident>, Vec<TokenStream>) =
        mirrored(model).map(|(_, node, ..)| (&node.name, locals::path(node))).unzip();
    quote! {
        fn pairs<T: Copy>(&mut self, grads: &mut #grads, per: #per, path: &::nn::Path<'_>, each: ::nn::EachPair<'_, T>) {
            #(::nn::Parameters::pairs(&mut self.#fields, &mut grads.#fields, per.#fields, #paths, each);)*
        }
        fn gradients(
            grads: &mut #grads,
            path: &::nn::Path<'_>,
            each: &mut dyn FnMut(&::nn::Path<'_>, &mut ::nn::Tensor),
        ) {
            #(<#types as ::nn::Parameters>::gradients(&mut grads.#fields, #paths, each);)*
        }
    }
}
