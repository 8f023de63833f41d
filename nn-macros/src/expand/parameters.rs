//! `impl Parameters`: one statement for each line that learns.

use super::locals;
use super::structs::{grads_name, learns, mirror_name, mirrored};
use crate::model::{Mirror, Model};
use proc_macro2::TokenStream;
use quote::quote;

/// The implementation.
pub fn expand(model: &Model) -> TokenStream {
    let name = &model.name;
    if !learns(model) {
        return quote!(::nn::parameters! { impl[] #name });
    }
    let (grads, mirror) = (grads_name(model), mirror_name(model));
    let (mut fields, mut types, mut paths) = (Vec::new(), Vec::new(), Vec::new());
    for (i, node, _, _) in mirrored(model) {
        fields.push(&node.name);
        types.extend(locals::layer_type(model, i));
        paths.push(locals::path(node));
    }
    let adapters = adapters(model);
    quote! {
        impl ::nn::Parameters for #name {
            type Grads = #grads;
            type PerLayer<T: Copy> = #mirror<T>;
            const PARAMS: usize = #(<#types as ::nn::Parameters>::PARAMS)+*;

            fn grads(&self) -> #grads {
                #grads { #(#fields: ::nn::Parameters::grads(&self.#fields)),* }
            }
            fn per_layer<T: Copy>(value: T) -> #mirror<T> {
                #mirror { #(#fields: <#types as ::nn::Parameters>::per_layer(value)),* }
            }
            fn map_layers<T: Copy, U: Copy>(
                per: #mirror<T>,
                path: &::nn::Path<'_>,
                f: &mut dyn FnMut(&::nn::Path<'_>, T) -> U,
            ) -> #mirror<U> {
                #mirror { #(#fields: <#types as ::nn::Parameters>::map_layers(per.#fields, #paths, f)),* }
            }
            fn tensors(&self, path: &::nn::Path<'_>, each: ::nn::Each<'_>) {
                #(::nn::Parameters::tensors(&self.#fields, #paths, each);)*
            }
            fn tensors_mut(&mut self, path: &::nn::Path<'_>, each: ::nn::EachMut<'_>) {
                #(::nn::Parameters::tensors_mut(&mut self.#fields, #paths, each);)*
            }
            fn pairs<T: Copy>(
                &mut self,
                grads: &mut #grads,
                per: #mirror<T>,
                path: &::nn::Path<'_>,
                each: ::nn::EachPair<'_, T>,
            ) {
                #(::nn::Parameters::pairs(&mut self.#fields, &mut grads.#fields, per.#fields, #paths, each);)*
            }
            fn gradients(
                grads: &mut #grads,
                path: &::nn::Path<'_>,
                each: &mut dyn FnMut(&::nn::Path<'_>, &mut ::nn::Tensor),
            ) {
                #(<#types as ::nn::Parameters>::gradients(&mut grads.#fields, #paths, each);)*
            }
            #adapters
        }
    }
}

/// The visits of low-rank adapters, where a line has one or may have one inside.
fn adapters(model: &Model) -> TokenStream {
    let lines = mirrored(model).filter(|(_, _, _, mirror)| *mirror != Mirror::Value);
    let (fields, names): (Vec<_>, Vec<_>) = lines.map(|(_, node, _, _)| (&node.name, &node.file_name)).unzip();
    if fields.is_empty() {
        return TokenStream::new();
    }
    quote! {
        fn adapters(&self, path: &::nn::Path<'_>, each: ::nn::lora::EachAdapter<'_>) {
            #(::nn::Parameters::adapters(&self.#fields, &path.join(#names), each);)*
        }
        fn adapters_mut(&mut self, path: &::nn::Path<'_>, each: ::nn::lora::EachAdapterMut<'_>) {
            #(::nn::Parameters::adapters_mut(&mut self.#fields, &path.join(#names), each);)*
        }
    }
}
