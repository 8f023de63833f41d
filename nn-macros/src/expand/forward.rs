//! The two forward passes: evaluation, in shared slots, and training, on the tape.

use super::memory::{Forward, kept, reach_name};
use super::{locals, structs};
use crate::model::{Model, Op, Shape, ValueId};
use crate::passes::fold::{conv_of, norm_of};
use proc_macro2::TokenStream;
use quote::quote;

/// The body of `forward`.
pub fn evaluation(model: &Model) -> TokenStream {
    let plan = Forward::new(model);
    let slots = plan.take();
    let count = (!slots.is_empty()).then(|| count(model));
    let lines = (0..model.nodes.len()).map(|i| {
        let place = plan.slot(i).map(|slot| quote!(::nn::samples_in(#slot, n)));
        line(model, i, place, |field, x, y, name| {
            let call = quote!(::nn::expand::forward(&self.#field, #x, #y, cx.line(#name)););
            if norm_of(model, i).is_some() {
                return quote!(if !self.#field.is_folded() { #call });
            }
            let Some(conv) = conv_of(model, i) else { return call };
            let (conv, x, name) =
                (locals::field(model, conv), arguments(model, conv), model.nodes[conv].name.to_string());
            quote!(if self.#conv.is_folded() { self.#conv.forward_folded(#x, #y, cx.line(#name)); } else { #call })
        })
    });
    quote!(#count #slots #(#lines)*)
}

/// The body of `forward_train`.
pub fn training(model: &Model) -> TokenStream {
    let (plan, reach, count) = (Forward::new(model), reach_name(model), count(model));
    let slots = plan.take();
    let lines = (0..model.nodes.len()).map(|i| {
        let place = plan.slot(i).map(|slot| {
            let kept = kept(model, i);
            quote!(::nn::expand::place(#kept, &mut tape, #slot, n))
        });
        let (ty, reached, train) = (locals::layer_type(model, i), locals::value(model, i), train_flag(model, i));
        line(model, i, place, |field, x, y, name| {
            let own = quote!(tape.line::<#ty>(reach.#reached, #train, idle, n));
            quote!(::nn::expand::forward_train(&self.#field, #x, #y, #own, #train, cx.line(#name));)
        })
    });
    quote! {
        #count
        let reach = #reach::of(train, tape.dx());
        #slots
        let idle = cx.slot(IDLE, n);
        #(#lines)*
    }
}

/// What the mirror of flags holds for line `i`.
pub fn train_flag(model: &Model, i: usize) -> TokenStream {
    let field = locals::field(model, i);
    if structs::is_mirrored(model, i) { quote!(train.#field) } else { quote!(()) }
}

fn count(model: &Model) -> TokenStream {
    let x = locals::input(model, 0, &quote!(x));
    quote!(let n = #x.len();)
}

type Call<'a> = dyn Fn(&syn::Ident, TokenStream, TokenStream, &str) -> TokenStream + 'a;

fn line(
    model: &Model,
    i: usize,
    place: Option<TokenStream>,
    call: impl Fn(&syn::Ident, TokenStream, TokenStream, &str) -> TokenStream,
) -> TokenStream {
    let call: &Call<'_> = &call;
    let node = &model.nodes[i];
    let (value, ty) = (locals::value(model, i), structs::value_type(model, i));
    match &node.op {
        Op::Broken => TokenStream::new(),
        Op::View => {
            // A view of an output is only needed where a line reads it.
            if !locals::is_read(model, ValueId::Node(i)) {
                return TokenStream::new();
            }
            let source = read(model, node.sources[0]);
            if model.shape(node.sources[0]).same_as(&node.gives) {
                quote!(let #value: &[#ty] = #source;)
            } else {
                quote!(let #value: &[#ty] = ::nn::view(#source);)
            }
        }
        Op::Layer { .. } | Op::Same { .. } => {
            let x = arguments(model, i);
            let output = output_place(model, i);
            let declared = match (&output, place) {
                (Some(place), _) if needs_binding(model, i) => quote!(let #value: &mut [#ty] = #place;),
                (None, Some(place)) => quote!(let #value: &mut [#ty] = #place;),
                _ => TokenStream::new(),
            };
            let target = match output {
                Some(place) if !needs_binding(model, i) => place,
                _ => quote!(#value),
            };
            let target = if recasts(model, i) { quote!(::nn::view_mut(#target)) } else { target };
            let call = call(locals::field(model, i), x, target, &node.name.to_string());
            quote!(#declared #call)
        }
    }
}

/// Whether what the layer of line `i` gives is written differently from the shape of the line.
pub fn recasts(model: &Model, i: usize) -> bool {
    match model.nodes[i].op {
        Op::Layer { recast, .. } => recast,
        Op::Same { of } => recasts(model, of),
        _ => false,
    }
}

/// Where line `i` writes if it is an output.
pub fn output_place(model: &Model, i: usize) -> Option<TokenStream> {
    let output = model.output_of(ValueId::Node(i))?;
    let place = locals::output(model, output, &quote!(y));
    Some(locals::recast_mut(place, &model.outputs[output].shape, &model.nodes[i].gives))
}

/// Whether line `i`, which is output `output`, gives its shape as declared.
fn same_as_declared(model: &Model, i: usize, output: usize) -> bool {
    model.nodes[i].gives.same_as(&model.outputs[output].shape)
}

/// An output gets a variable of its own if its shape is another than declared, or if lines read it.
fn needs_binding(model: &Model, i: usize) -> bool {
    let output = model.output_of(ValueId::Node(i));
    output.is_some_and(|output| !same_as_declared(model, i, output)) || locals::is_read(model, ValueId::Node(i))
}

/// The value `id`, to be read.
fn read(model: &Model, id: ValueId) -> TokenStream {
    match id {
        ValueId::Input(i) => locals::input(model, i, &quote!(x)),
        ValueId::Node(i) => {
            let value = locals::value(model, i);
            if matches!(model.nodes[i].op, Op::View) { quote!(#value) } else { quote!(&*#value) }
        }
    }
}

/// What line `i` takes.
fn arguments(model: &Model, i: usize) -> TokenStream {
    let node = &model.nodes[i];
    let several = node.sources.len() > 1;
    let each =
        node.sources.iter().zip(&node.takes).map(|(source, takes): (&ValueId, &Shape)| {
            locals::recast(read(model, *source), model.shape(*source), takes)
        });
    let each: Vec<TokenStream> = each.collect();
    if several { quote!((#(#each),*)) } else { quote!(#(#each)*) }
}
