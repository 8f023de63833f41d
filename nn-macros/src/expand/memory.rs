//! Memory: a constant for each line, and the struct that reads the tape back.

use super::forward::train_flag;
use super::{locals, structs};
use crate::model::{Model, Op, ValueId};
use crate::passes::fold::norm_of;
use crate::passes::slots::{Live, Slots, assign};
use crate::syntax::Dim;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

/// `DigitsTape`.
pub fn tape_name(model: &Model) -> Ident {
    format_ident!("{}Tape", model.name)
}

/// `DigitsReach`.
pub fn reach_name(model: &Model) -> Ident {
    format_ident!("{}Reach", model.name)
}

/// The lines that have a layer, and so a call in each direction.
pub fn calls(model: &Model) -> impl DoubleEndedIterator<Item = usize> {
    (0..model.nodes.len()).filter(|&i| matches!(model.nodes[i].op, Op::Layer { .. } | Op::Same { .. }))
}

/// Whether what line `i` gives lies on the tape, rather than in the output.
pub fn on_tape(model: &Model, i: usize) -> bool {
    model.output_of(ValueId::Node(i)).is_none()
}

/// The steps at which a call reads what line `i` gives, itself or through a view.
fn readers(model: &Model, i: usize) -> impl Iterator<Item = usize> {
    calls(model).filter(move |&j| model.nodes[j].sources.iter().any(|source| model.root(*source) == ValueId::Node(i)))
}

/// Where evaluation keeps what a line gives.
pub struct Forward {
    lines: Vec<usize>,
    slots: Slots,
}

impl Forward {
    /// The plan: values share slots when the last reader of one comes before the writer of the other.
    pub fn new(model: &Model) -> Self {
        let lines: Vec<usize> = calls(model).filter(|&i| on_tape(model, i)).collect();
        let live: Vec<Live> = (lines.iter())
            .map(|&i| Live {
                elements: model.nodes[i].gives.elements(),
                born: i,
                // A convolution that has taken in the batch normalisation behind it reads its input where that writes.
                dies: readers(model, i).map(|reader| norm_of(model, reader).unwrap_or(reader)).max().unwrap_or(i),
            })
            .collect();
        Self { slots: assign(&live), lines }
    }

    /// The slot of line `i`, if it needs one.
    pub fn slot(&self, i: usize) -> Option<Ident> {
        let position = self.lines.iter().position(|&line| line == i)?;
        Some(format_ident!("slot{}", self.slots.of[position]))
    }

    /// The statements that take the slots.
    pub fn take(&self) -> TokenStream {
        take(&self.slots.sizes)
    }

    fn size(&self) -> TokenStream {
        sum(&self.slots.sizes)
    }
}

/// Where the backward pass keeps gradients.
pub struct Backward {
    keys: Vec<Key>,
    slots: Slots,
}

/// A gradient that needs memory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// With respect to what a line gives.
    Value(usize),
    /// What line `.0` adds to the gradient of its source number `.1`, which has another part already (or may not be wanted).
    Part(usize, usize),
}

impl Backward {
    /// The plan: the gradient of a value lives from its last reader to its writer.
    pub fn new(model: &Model) -> Self {
        let step = |i: usize| model.nodes.len() - 1 - i;
        let mut keys = Vec::new();
        let mut live = Vec::new();
        for i in calls(model).filter(|&i| on_tape(model, i)) {
            let Some(last) = readers(model, i).max() else { continue };
            keys.push(Key::Value(i));
            live.push(Live { elements: model.nodes[i].gives.elements(), born: step(last), dies: step(i) });
        }
        for i in calls(model) {
            for (k, source) in model.nodes[i].sources.iter().enumerate() {
                if needs_part(model, i, k) {
                    keys.push(Key::Part(i, k));
                    live.push(Live { elements: model.shape(*source).elements(), born: step(i), dies: step(i) });
                }
            }
        }
        Self { slots: assign(&live), keys }
    }

    /// The slot of a gradient.
    pub fn slot(&self, key: Key) -> Option<Ident> {
        let position = self.keys.iter().position(|&known| known == key)?;
        Some(format_ident!("slot{}", self.slots.of[position]))
    }

    /// The statements that take the slots.
    pub fn take(&self) -> TokenStream {
        take(&self.slots.sizes)
    }

    fn size(&self) -> TokenStream {
        sum(&self.slots.sizes)
    }
}

/// Whether line `i` is the last to read the root of its source number `k`: then it writes the gradient, and others add to it.
pub fn writes_first(model: &Model, i: usize, k: usize) -> bool {
    let root = model.root(model.nodes[i].sources[k]);
    let read_later =
        calls(model).any(|j| j > i && model.nodes[j].sources.iter().any(|source| model.root(*source) == root));
    let read_before_k = model.nodes[i].sources[..k].iter().any(|source| model.root(*source) == root);
    model.output_of(root).is_none() && !read_later && !read_before_k
}

/// Whether line `i` needs a place of its own for its part of the gradient of source number `k`: because it adds to one that is
/// there, or because it takes several values, of which all get a place even if only some gradients are wanted.
pub fn needs_part(model: &Model, i: usize, k: usize) -> bool {
    model.nodes[i].sources.len() > 1 || !writes_first(model, i, k)
}

fn take(sizes: &[Vec<Dim>]) -> TokenStream {
    let slots = sizes.iter().enumerate().map(|(i, dims)| {
        let (slot, size) = (format_ident!("slot{i}"), largest(dims));
        quote!(let #slot = cx.slot(#size, n);)
    });
    quote!(#(#slots)*)
}

fn sum(sizes: &[Vec<Dim>]) -> TokenStream {
    let sizes: Vec<TokenStream> = sizes.iter().map(|dims| largest(dims)).collect();
    match sizes.as_slice() {
        [] => quote!(::nn::Size::NONE),
        [one] => one.clone(),
        _ => quote!(::nn::Size::sum(&[#(#sizes),*])),
    }
}

fn largest(dims: &[Dim]) -> TokenStream {
    let sizes: Vec<TokenStream> = dims.iter().map(per_sample).collect();
    match sizes.as_slice() {
        [one] => one.clone(),
        _ => quote!(::nn::Size::max(&[#(#sizes),*])),
    }
}

fn per_sample(dim: &Dim) -> TokenStream {
    let len = &dim.tokens;
    quote!(::nn::Size::per_sample(#len))
}

/// The `MEMORY` of the network.
pub fn of_network(model: &Model) -> TokenStream {
    let lines = calls(model).map(|i| locals::memory(model, i));
    let values: Vec<TokenStream> =
        calls(model).filter(|&i| on_tape(model, i)).map(|i| per_sample(&model.nodes[i].gives.elements())).collect();
    let tape = match values.as_slice() {
        [] => quote!(::nn::Size::NONE),
        _ => quote!(::nn::Size::sum(&[#(#values),*])),
    };
    let (forward, backward) = (Forward::new(model).size(), Backward::new(model).size());
    let train = quote!(::nn::Size::max(&[#forward, #backward]).plus(IDLE));
    quote!(::nn::Memory::of_lines(&[#(#lines),*]).plus(#tape, #forward, #train))
}

/// Whether what line `i` gives is kept on the tape: if the backward pass looks at it, in that line or in one that takes it.
pub fn kept(model: &Model, i: usize) -> TokenStream {
    let (line, readers) = (locals::value(model, i), readers(model, i).map(|j| locals::value(model, j)));
    quote!(reach.#line.reads.y #(|| reach.#readers.reads.x)*)
}

/// `fn reads`.
pub fn reads(model: &Model) -> TokenStream {
    let (reach, flags) = (reach_name(model), structs::mirror_type(model, &quote!(bool)));
    let first = calls(model)
        .filter(|&i| model.nodes[i].sources.iter().any(|source| matches!(model.root(*source), ValueId::Input(_))));
    let x = any(first.map(|i| locals::value(model, i)).map(|line| quote!(reach.#line.reads.x)).collect());
    let outputs = calls(model).filter(|&i| !on_tape(model, i));
    let y = any(outputs.map(|i| kept(model, i)).collect());
    quote! {
        fn reads(train: #flags, dx: bool) -> ::nn::Reads {
            let reach = #reach::of(train, dx);
            ::nn::Reads { x: #x, y: #y }
        }
    }
}

fn any(terms: Vec<TokenStream>) -> TokenStream {
    if terms.is_empty() { quote!(false) } else { quote!(#(#terms)||*) }
}

/// `fn tape`.
pub fn size(model: &Model) -> TokenStream {
    let (reach, flags) = (reach_name(model), structs::mirror_type(model, &quote!(bool)));
    let lines = calls(model).flat_map(|i| {
        let (name, ty, train) = (locals::value(model, i), locals::layer_type(model, i), train_flag(model, i));
        let value = on_tape(model, i).then(|| {
            let (size, kept) = (per_sample(&model.nodes[i].gives.elements()), kept(model, i));
            quote!(#size.when(#kept))
        });
        [Some(quote!(reach.#name.tape::<#ty>(#train))), value].into_iter().flatten()
    });
    quote! {
        fn tape(train: #flags, dx: bool) -> ::nn::Size {
            let reach = #reach::of(train, dx);
            ::nn::Size::sum(&[#(#lines),*])
        }
    }
}

/// The constants of the lines, and the struct that reads the tape.
pub fn expand(model: &Model, fine: bool) -> TokenStream {
    if !fine {
        return TokenStream::new();
    }
    let constants = calls(model).filter_map(|i| {
        let (name, ty) = (locals::memory(model, i), locals::layer_type(model, i)?);
        Some(quote!(const #name: ::nn::Memory = <#ty as ::nn::Layer>::MEMORY;))
    });
    let (tape, reach, flags) = (tape_name(model), reach_name(model), structs::mirror_type(model, &quote!(bool)));
    let reaches = super::reach::expand(model);
    let mut types: Vec<Ident> = Vec::new();
    for ty in calls(model).filter_map(|i| locals::layer_type(model, i)) {
        if !types.contains(&ty) {
            types.push(ty);
        }
    }
    let doc = format!(" What a training step of [`{}`] leaves on the tape.", model.name);
    let (mut fields, mut reads) = (Vec::new(), Vec::new());
    for i in calls(model) {
        if on_tape(model, i) {
            let (value, ty) = (locals::value(model, i), structs::value_type(model, i));
            fields.push(quote!(#value: &'a [#ty]));
            let kept = kept(model, i);
            reads.push(quote!(#value: ::nn::expand::kept(#kept, &mut tape, n)));
        }
        let (own, name, ty, train) =
            (locals::tape(model, i), locals::value(model, i), locals::layer_type(model, i), train_flag(model, i));
        fields.push(quote!(#own: ::nn::Tape<'a>));
        reads.push(quote!(#own: tape.line::<#ty>(reach.#name, #train, n)));
    }
    quote! {
        #(#constants)*
        /// What lines write in training that a backward pass does not reach.
        const IDLE: ::nn::Size = ::nn::Size::max(&[#(<#types as ::nn::Layer>::IDLE_TAPE),*]);

        #reaches

        #[doc = #doc]
        struct #tape<'a> {
            #(#fields,)*
        }

        impl<'a> #tape<'a> {
            fn read(mut tape: ::nn::Tape<'a>, train: #flags, n: usize) -> Self {
                let reach = #reach::of(train, tape.dx());
                Self { #(#reads),* }
            }
        }
    }
}
