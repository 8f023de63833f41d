//! The backward pass: the lines in reverse, each only if something at or below it learns.

use super::forward::{recasts, train_flag};
use super::memory::{Backward, Key, calls, needs_part, on_tape, reach_name, tape_name, writes_first};
use super::reach::are_tokens;
use super::{locals, structs};
use crate::model::{Model, Op, Shape, ValueId};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use std::collections::HashSet;
use syn::Ident;

/// The body of `backward`.
pub fn expand(model: &Model) -> TokenStream {
    let plan = Backward::new(model);
    let (tape, reach, slots) = (tape_name(model), reach_name(model), plan.take());
    let mut declared = HashSet::new();
    let inputs = inputs(model);
    let lines: Vec<TokenStream> = calls(model).rev().map(|i| line(model, i, &plan, &mut declared)).collect();
    let first = locals::output(model, 0, &quote!(dy));
    quote! {
        let n = #first.len();
        let tape = #tape::read(saved.tape, train, n);
        let reach = #reach::of(train, dx.is_some());
        #inputs
        #slots
        #(#lines)*
    }
}

/// Several inputs have an optional gradient each.
fn inputs(model: &Model) -> TokenStream {
    if model.inputs.len() == 1 {
        return TokenStream::new();
    }
    let names: Vec<Ident> = (0..model.inputs.len()).map(|i| input_gradient(model, i)).collect();
    let parts = model.inputs.iter().map(|port| &port.name);
    let nothing = names.iter().map(|_| quote!(None));
    quote! {
        let (#(mut #names),*) = match dx {
            Some(dx) => (#(Some(dx.#parts)),*),
            None => (#(#nothing),*),
        };
    }
}

fn input_gradient(model: &Model, i: usize) -> Ident {
    model.inputs[i].name.as_ref().map_or_else(|| format_ident!("dx"), |name| format_ident!("d_{name}"))
}

/// The variable that holds the optional gradient of `root`, or the gradient of an output.
fn gradient_of(model: &Model, root: ValueId) -> Ident {
    match root {
        ValueId::Input(i) => input_gradient(model, i),
        ValueId::Node(i) => locals::gradient(model, i),
    }
}

fn line(model: &Model, i: usize, plan: &Backward, declared: &mut HashSet<usize>) -> TokenStream {
    let node = &model.nodes[i];
    let (field, name, line) = (locals::field(model, i), node.name.to_string(), locals::value(model, i));
    let mut before = TokenStream::new();
    let mut after = TokenStream::new();
    for source in &node.sources {
        before.extend(declare(model, *source, plan, declared));
    }
    let dx = input_argument(model, i, plan, &mut before, &mut after);
    let (x, tape) = (saved_input(model, i), locals::tape(model, i));
    let (y, dy) = (saved_output(model, i), output_gradient(model, i, declared));
    let saved = quote!(::nn::Saved { x: #x, y: #y, tape: tape.#tape });
    let (grads, train) = (grads_of(model, i), train_flag(model, i));
    let shared = i != last_use(model, node_of(model, i));
    let context = if shared { quote!(cx.line(#name).accumulating()) } else { quote!(cx.line(#name)) };
    let call = quote!(::nn::Layer::backward(&self.#field, #saved, #dy, #grads, #train, #dx, #context););
    if on_tape(model, i) {
        let gradient = locals::gradient(model, i);
        quote! {
            #before
            if let Some(dy) = #gradient {
                #call
                #after
            }
        }
    } else {
        quote! {
            #before
            if reach.#line.line {
                #call
                #after
            }
        }
    }
}

/// The line whose layer line `i` uses.
fn node_of(model: &Model, i: usize) -> usize {
    match model.nodes[i].op {
        Op::Same { of } => of,
        _ => i,
    }
}

/// The last line that uses the layer of line `of`; its gradient is written, and the others add to it.
fn last_use(model: &Model, of: usize) -> usize {
    calls(model).filter(|&i| node_of(model, i) == of).max().unwrap_or(of)
}

/// Declares the gradient of a value before the first line that writes it.
fn declare(model: &Model, source: ValueId, plan: &Backward, declared: &mut HashSet<usize>) -> TokenStream {
    let ValueId::Node(i) = model.root(source) else { return TokenStream::new() };
    if !declared.insert(i) {
        return TokenStream::new();
    }
    let (gradient, ty, line) = (locals::gradient(model, i), structs::value_type(model, i), locals::value(model, i));
    if let Some((place, lies)) = output_gradient_place(model, i) {
        let place = locals::recast_mut(place, lies, &model.nodes[i].gives);
        return quote!(let #gradient: &mut [#ty] = #place;);
    }
    let slot = plan.slot(Key::Value(i));
    quote!(let mut #gradient = ::nn::expand::wanted::<#ty>(reach.#line.line, #slot, n);)
}

/// Where the gradient of line `i` comes from if it is an output, and the shape under which it lies there.
fn output_gradient_place(model: &Model, i: usize) -> Option<(TokenStream, &Shape)> {
    let output = model.output_of(ValueId::Node(i))?;
    Some((locals::output(model, output, &quote!(dy)), &model.outputs[output].shape))
}

/// The gradient that line `i` is given.
fn output_gradient(model: &Model, i: usize, declared: &HashSet<usize>) -> TokenStream {
    let gives = &model.nodes[i].gives;
    let (dy, lies) = match output_gradient_place(model, i) {
        None => (quote!(dy), gives),
        Some(_) if declared.contains(&i) => (locals::gradient(model, i).into_token_stream(), gives),
        Some(place) => place,
    };
    if recasts(model, i) { quote!(::nn::view_mut(#dy)) } else { locals::recast_mut(dy, lies, gives) }
}

/// The `dx` argument of line `i`: `before` declares what it needs, `after` adds parts to gradients that were there.
fn input_argument(
    model: &Model,
    i: usize,
    plan: &Backward,
    before: &mut TokenStream,
    after: &mut TokenStream,
) -> TokenStream {
    let node = &model.nodes[i];
    let mut parts = Vec::new();
    let mut wanted = Vec::new();
    if let [source] = node.sources.as_slice()
        && are_tokens(model, *source)
    {
        return quote!(None);
    }
    for (k, source) in node.sources.iter().enumerate() {
        let root = model.root(*source);
        let gradient = gradient_of(model, root);
        let is_output = model.output_of(root).is_some();
        let ty = model.shape(root).ty();
        let recast = !model.shape(root).same_as(&node.takes[k]);
        wanted.push(match root {
            ValueId::Input(_) => quote!(#gradient.is_some()),
            ValueId::Node(j) => {
                let line = locals::value(model, j);
                quote!(reach.#line.line)
            }
        });
        if !needs_part(model, i, k) {
            let last = matches!(root, ValueId::Input(_))
                && model.inputs.len() == 1
                && first_reader(model, root) == Some(i)
                && only_reader(model, root, i);
            let optional = if last { quote!(#gradient) } else { quote!(#gradient.as_deref_mut()) };
            return if recast { quote!(#optional.map(::nn::view_mut)) } else { optional };
        }
        let (part, slot) = (format_ident!("part{k}"), plan.slot(Key::Part(i, k)));
        let learns = wanted.last();
        if node.sources.len() > 1 {
            before.extend(quote!(let #part: &mut [#ty] = ::nn::samples_in(#slot, n);));
        } else {
            before.extend(quote!(let mut #part = ::nn::expand::wanted::<#ty>(#learns, #slot, n);));
        }
        let several = node.sources.len() > 1;
        after.extend(match (several, is_output, writes_first(model, i, k)) {
            (true, true, _) => quote!(::nn::expand::add(cx.team, #gradient, #part);),
            (false, true, _) => quote!(if let Some(part) = #part { ::nn::expand::add(cx.team, #gradient, part); }),
            (true, false, true) => quote!(if let Some(d) = #gradient.as_deref_mut() { ::nn::expand::copy(cx.team, d, #part); }),
            (true, false, false) => quote!(if let Some(d) = #gradient.as_deref_mut() { ::nn::expand::add(cx.team, d, #part); }),
            (false, false, _) => {
                quote!(if let (Some(d), Some(part)) = (#gradient.as_deref_mut(), #part) { ::nn::expand::add(cx.team, d, part); })
            }
        });
        let lent = if several { quote!(&mut *#part) } else { quote!(#part.as_deref_mut()) };
        parts.push(match (recast, several) {
            (false, _) => lent,
            (true, true) => quote!(::nn::view_mut(#lent)),
            (true, false) => quote!(#lent.map(::nn::view_mut)),
        });
    }
    if node.sources.len() == 1 {
        return quote!(#(#parts)*);
    }
    dedup(&mut wanted);
    quote!(if #(#wanted)||* { Some((#(#parts),*)) } else { None })
}

fn dedup(terms: &mut Vec<TokenStream>) {
    let mut seen = HashSet::new();
    terms.retain(|term| seen.insert(term.to_string()));
}

fn first_reader(model: &Model, root: ValueId) -> Option<usize> {
    calls(model).find(|&i| model.nodes[i].sources.iter().any(|source| model.root(*source) == root))
}

fn only_reader(model: &Model, root: ValueId, i: usize) -> bool {
    calls(model).all(|j| j == i || model.nodes[j].sources.iter().all(|source| model.root(*source) != root))
}

fn grads_of(model: &Model, i: usize) -> TokenStream {
    let field = locals::field(model, i);
    if structs::is_mirrored(model, i) { quote!(&mut grads.#field) } else { quote!(&mut ()) }
}

/// What line `i` has taken, from the tape.
pub fn saved_input(model: &Model, i: usize) -> TokenStream {
    let node = &model.nodes[i];
    let each: Vec<TokenStream> = node
        .sources
        .iter()
        .zip(&node.takes)
        .map(|(source, takes)| {
            let (value, lies) = saved_value(model, model.root(*source));
            locals::recast(value, lies, takes)
        })
        .collect();
    if each.len() > 1 { quote!((#(#each),*)) } else { quote!(#(#each)*) }
}

/// What line `i` has given, from the tape.
pub fn saved_output(model: &Model, i: usize) -> TokenStream {
    let (value, lies) = saved_value(model, ValueId::Node(i));
    if recasts(model, i) { quote!(::nn::view(#value)) } else { locals::recast(value, lies, &model.nodes[i].gives) }
}

/// A value from the tape or the network's borders, and the shape under which it lies there: an output's is the declared one.
fn saved_value(model: &Model, root: ValueId) -> (TokenStream, &Shape) {
    match root {
        ValueId::Input(i) => (locals::input(model, i, &quote!(saved.x)), model.shape(root)),
        ValueId::Node(i) => match model.output_of(root) {
            Some(output) => (locals::output(model, output, &quote!(saved.y)), &model.outputs[output].shape),
            None => {
                let value = locals::value(model, i);
                (quote!(tape.#value), model.shape(root))
            }
        },
    }
}
