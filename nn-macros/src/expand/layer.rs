//! `impl Layer`: a network is a layer.

use super::backward::{saved_input, saved_output};
use super::forward::train_flag;
use super::memory::{calls, of_network, reach_name, reads, size, tape_name};
use super::{backward, forward, locals, ports, structs};
use crate::model::{Model, Op, ValueId};
use crate::passes::fold::norm_of;
use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

/// The implementation. After a mistake it has all types and no code; `mistake` is the type of what is not known.
pub fn expand(model: &Model, fine: bool, mistake: Option<&TokenStream>) -> TokenStream {
    let name = &model.name;
    let (declared_takes, declared_gives) = (ports::input_type(model), ports::output_type(model));
    // An image network has its code in the order of its lines, and is a layer in that of its shapes.
    let (contract, saved, takes, gives) = if model.image {
        let [takes, gives] = [&model.inputs[0], &model.outputs[0]].map(|port| port.shape.ty());
        (quote!(::nn::layers::ImageNetwork), quote!(::nn::layers::SavedImages<'_, Self>), takes, gives)
    } else {
        (quote!(::nn::Layer), quote!(::nn::Saved<'_, Self>), declared_takes.clone(), declared_gives.clone())
    };
    let outside = model
        .image
        .then(|| quote!(::nn::image_network! { impl[] #name, this => *this, #name, #declared_takes, #declared_gives }));
    let kind = name.to_string();
    let head = quote! {
        type In = #takes;
        type Out = #gives;
        const KIND: &'static str = #kind;
    };
    let (grads, flags) = (structs::grads_type(model), structs::mirror_type(model, &quote!(bool)));
    let x = argument(&takes, model.inputs.len() > 1, false);
    let (dx, to) = (argument(&takes, model.inputs.len() > 1, true), argument(&gives, model.outputs.len() > 1, true));
    let signature_forward = quote!(fn forward(&self, x: #x, y: #to, mut cx: ::nn::Context<'_>));
    let signature_train = quote! {
        fn forward_train(&self, x: #x, y: #to, mut tape: ::nn::Arena<'_>, train: #flags, mut cx: ::nn::Context<'_>)
    };
    let signature_backward = quote! {
        fn backward(
            &self,
            saved: #saved,
            dy: #to,
            grads: &mut #grads,
            train: #flags,
            mut dx: Option<#dx>,
            mut cx: ::nn::Context<'_>,
        )
    };
    if !fine {
        let (message, meaning) = (format!("{} has mistakes", model.title), meaning_after_mistake(model, mistake));
        return quote! {
            #[allow(unused_variables, unused_mut)]
            impl #contract for #name {
                #head
                type Gives = #meaning;
                const IDLE_TAPE: ::nn::Size = ::nn::Size::NONE;
                const FLOPS: u64 = 0;
                fn tape(train: #flags, dx: bool) -> ::nn::Size { unreachable!(#message) }
                fn reads(train: #flags, dx: bool) -> ::nn::Reads { unreachable!(#message) }
                #signature_forward { unreachable!(#message) }
                #signature_train { unreachable!(#message) }
                #signature_backward { unreachable!(#message) }
            }
            #outside
        };
    }
    let types: Vec<Ident> = calls(model).filter_map(|i| locals::layer_type(model, i)).collect();
    let (meaning, memory) = (meaning(model), of_network(model));
    let (evaluation, training, backward) =
        (forward::evaluation(model), forward::training(model), backward::expand(model));
    let (reset, commit, prepare) = (reset(model), commit(model), prepare(model));
    let (size, reads) = (size(model), reads(model));
    let refused = refused(model, &x);
    let (bottom, rows, outputs) = (super::bottom::expand(model), rows(model), outputs(model, &saved));
    quote! {
        #[allow(unused_variables, unused_mut)]
        impl #contract for #name {
            #head
            type Gives = #meaning;
            const MEMORY: ::nn::Memory = #memory;
            const IDLE_TAPE: ::nn::Size = ::nn::Size::NONE;
            const FLOPS: u64 = #(<#types as ::nn::Layer>::FLOPS)+*;
            const BACKWARD_FLOPS: u64 = #(<#types as ::nn::Layer>::BACKWARD_FLOPS)+*;

            #size
            #reads
            #refused
            #signature_forward {
                #evaluation
            }
            #signature_train {
                #training
            }
            #signature_backward {
                #backward
            }
            #reset
            #commit
            #prepare
            #bottom
            #rows
            #outputs
        }
        #outside
    }
}

/// What the lines say that take the tokens of the network.
fn refused(model: &Model, x: &TokenStream) -> TokenStream {
    let given = |source: &ValueId| match model.root(*source) {
        ValueId::Input(i) => Some((locals::input(model, i, &quote!(x)), &model.inputs[i].shape)),
        ValueId::Node(_) => None,
    };
    let lines = calls(model).filter_map(|i| {
        let (node, ty) = (&model.nodes[i], locals::layer_type(model, i)?);
        let sources: Vec<_> = node.sources.iter().map(given).collect::<Option<_>>()?;
        if !sources.iter().any(|(_, shape)| shape.are_tokens()) {
            return None;
        }
        let each: Vec<_> =
            sources.into_iter().zip(&node.takes).map(|((x, gives), takes)| locals::recast(x, gives, takes)).collect();
        let (x, path) = (if each.len() > 1 { quote!((#(#each),*)) } else { quote!(#(#each)*) }, locals::path(node));
        Some(quote!(<#ty as ::nn::Layer>::refused(#x, #path)))
    });
    let lines: Vec<_> = lines.collect();
    let [first, others @ ..] = lines.as_slice() else { return TokenStream::new() };
    quote! {
        fn refused(x: #x, path: &::nn::Path<'_>) -> Option<::nn::Refused> {
            #first #(.or_else(|| #others))*
        }
    }
}

/// `&[S]`, `&mut [S]`, or the references of a value with several parts.
fn argument(ty: &TokenStream, several: bool, write: bool) -> TokenStream {
    match (several, write) {
        (false, false) => quote!(&[#ty]),
        (false, true) => quote!(&mut [#ty]),
        (true, false) => quote!(::nn::Ref<'_, #ty>),
        (true, true) => quote!(::nn::Mut<'_, #ty>),
    }
}

/// The meaning of each output: that of the layer that gives it, seen through views.
fn meaning(model: &Model) -> TokenStream {
    let each: Vec<TokenStream> = (model.results.iter().flatten())
        .filter_map(|result| match model.root(*result) {
            ValueId::Node(i) => locals::layer_type(model, i),
            ValueId::Input(_) => None,
        })
        .map(|ty| quote!(<#ty as ::nn::Layer>::Gives))
        .collect();
    if each.len() == 1 { quote!(#(#each)*) } else { quote!((#(#each),*)) }
}

/// The same as far as it is known.
fn meaning_after_mistake(model: &Model, mistake: Option<&TokenStream>) -> TokenStream {
    let unknown = || mistake.map_or_else(|| quote!(::nn::Scores), Clone::clone);
    let of_line = |i: usize| match &model.nodes[i].op {
        Op::Layer { ty, .. } => quote!(<#ty as ::nn::Layer>::Gives),
        _ => unknown(),
    };
    let each = model.results.iter().map(|result| match result.map(|result| model.root(result)) {
        Some(ValueId::Node(i)) => of_line(i),
        _ => unknown(),
    });
    if model.results.len() == 1 { quote!(#(#each)*) } else { quote!((#(#each),*)) }
}

fn reset(model: &Model) -> TokenStream {
    let lines = structs::with_tensors(model).map(|(_, node, _, _)| {
        let (field, name) = (&node.name, node.name.to_string());
        quote!(::nn::Layer::reset(&mut self.#field, ::nn::random::fold(key, #name));)
    });
    quote!(fn reset(&mut self, key: u64) { #(#lines)* })
}

fn commit(model: &Model) -> TokenStream {
    let (tape, reach) = (tape_name(model), reach_name(model));
    let lines: Vec<TokenStream> = calls(model)
        .filter(|&i| structs::is_mirrored(model, i))
        .map(|i| {
            let (field, own, train) = (locals::field(model, i), locals::tape(model, i), train_flag(model, i));
            let line = locals::value(model, i);
            // A layer that several lines use has seen what each of them took.
            let uses: Vec<usize> = calls(model).filter(|j| locals::field(model, *j) == field).collect();
            let (count, place) = (uses.len(), uses.iter().position(|j| *j == i).unwrap_or(0) + 1);
            let of_use = (count > 1).then(|| quote!(.of_use(#place, #count)));
            quote!(if reach.#line.line { ::nn::Layer::commit(&mut self.#field, tape.#own #of_use, n, #train); })
        })
        .collect();
    if lines.is_empty() {
        return TokenStream::new();
    }
    let flags = structs::mirror_name(model);
    quote! {
        fn commit(&mut self, tape: ::nn::Tape<'_>, n: usize, train: #flags<bool>) {
            let reach = #reach::of(train, tape.dx());
            let tape = #tape::read(tape, train, n);
            #(#lines)*
        }
    }
}

fn prepare(model: &Model) -> TokenStream {
    let fields = structs::fields(model).map(|(_, node, _, _)| &node.name);
    let folds = (0..model.nodes.len()).filter_map(|i| {
        let (conv, norm) = (locals::field(model, i), locals::field(model, norm_of(model, i)?));
        Some(quote!(self.#conv.fold(&self.#norm);))
    });
    quote!(fn prepare(&mut self) { #(#folds)* #(::nn::Layer::prepare(&mut self.#fields);)* })
}

fn rows(model: &Model) -> TokenStream {
    let lines = model.nodes.iter().enumerate().map(|(i, node)| {
        let (path, kind) = (locals::path(node), &node.kind);
        match &node.op {
            Op::Layer { .. } => {
                let ty = locals::layer_type(model, i);
                quote!(<#ty as ::nn::Layer>::rows(#path, each);)
            }
            Op::View | Op::Same { .. } | Op::Broken => {
                let shape = node.gives.ty();
                quote!(each(::nn::Row::view(#path, #kind, <#shape as ::nn::Value>::text()));)
            }
        }
    });
    quote!(fn rows(path: &::nn::Path<'_>, each: &mut dyn FnMut(::nn::Row)) { #(#lines)* })
}

fn outputs(model: &Model, saved: &TokenStream) -> TokenStream {
    let (tape, reach, flags) = (tape_name(model), reach_name(model), structs::mirror_type(model, &quote!(bool)));
    let first = locals::output(model, 0, &quote!(saved.y));
    let lines = calls(model).filter_map(|i| {
        let (ty, path) = (locals::layer_type(model, i)?, locals::path(&model.nodes[i]));
        let line = locals::value(model, i);
        let (x, y, own) = (saved_input(model, i), saved_output(model, i), locals::tape(model, i));
        let train = train_flag(model, i);
        Some(quote! {
            ::nn::expand::outputs::<#ty>(
                reach.#line,
                ::nn::Saved { x: #x, y: #y, tape: tape.#own },
                #train,
                #path,
                each,
            );
        })
    });
    quote! {
        fn outputs(
            saved: #saved,
            train: #flags,
            path: &::nn::Path<'_>,
            each: &mut dyn FnMut(&::nn::Path<'_>, &[f32]),
        ) {
            let n = #first.len();
            let reach = #reach::of(train, saved.tape.dx());
            let tape = #tape::read(saved.tape, train, n);
            #(#lines)*
        }
    }
}
