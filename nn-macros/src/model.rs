//! A network with every name resolved and every shape known: what the passes and the expansion work on.

use crate::syntax::{Dim, Element, Limit, ShapeExpr};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, Ident, Visibility};

/// One network, or the body of a residual line.
pub struct Model {
    /// Docs, derives and what else is passed through.
    pub attrs: Vec<Attribute>,
    /// The limits it promises to keep.
    pub budget: Vec<Limit>,
    /// The visibility of the struct.
    pub vis: Visibility,
    /// The name of the struct.
    pub name: Ident,
    /// How messages call it: ``network `Digits` ``.
    pub title: String,
    /// What it takes.
    pub inputs: Vec<Port>,
    /// What it gives.
    pub outputs: Vec<Port>,
    /// For each output the value that it is; `None` after a mistake.
    pub results: Vec<Option<ValueId>>,
    /// The lines, in order.
    pub nodes: Vec<Node>,
    /// The bodies of its residual lines.
    pub bodies: Vec<Model>,
    /// Sizes that are computed from const items, each named once.
    pub sizes: Vec<(Ident, TokenStream)>,
    /// What can be checked only when the program compiles.
    pub checks: Vec<TokenStream>,
}

/// An input or an output.
pub struct Port {
    /// The name, where there are several.
    pub name: Option<Ident>,
    /// The shape.
    pub shape: Shape,
}

/// Something that a line can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueId {
    /// Input number so-and-so of the network.
    Input(usize),
    /// What a line gives.
    Node(usize),
}

/// One line.
pub struct Node {
    /// The name of the line.
    pub name: Ident,
    /// The name in files and tables: the line's own unless `#[name = "…"]` says otherwise.
    pub file_name: String,
    /// Its docs.
    pub docs: Vec<Attribute>,
    /// The kind, for messages and tables.
    pub kind: String,
    /// What it takes.
    pub sources: Vec<ValueId>,
    /// The shapes it takes them in.
    pub takes: Vec<Shape>,
    /// What it gives.
    pub gives: Shape,
    /// What it does.
    pub op: Op,
}

/// What a line does.
pub enum Op {
    /// A layer that is a field of the struct.
    Layer {
        /// Its type.
        ty: TokenStream,
        /// The expression that makes one.
        new: TokenStream,
        /// Its place in the mirror of the network.
        mirror: Mirror,
        /// Whether what it gives is written differently from the shape of the line, and only known to be the same.
        recast: bool,
    },
    /// The same numbers under another shape: no code and no memory.
    View,
    /// The layer of another line, with the same weights.
    Same {
        /// The other line.
        of: usize,
    },
    /// Nothing can be said of it after a mistake.
    Broken,
}

/// What the mirror `PerLayer<T>` of a network holds for a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mirror {
    /// Nothing: the layer learns nothing.
    Nothing,
    /// A `T`: a built-in layer with parameters.
    Value,
    /// The mirror of the layer itself: a network or a user's type.
    Own,
}

/// The shape of a value, as far as the macro knows it.
#[derive(Clone)]
pub enum Shape {
    /// Its dimensions, some of which may be expressions.
    Dims {
        /// What the samples are made of.
        element: Element,
        /// Outermost first.
        dims: Vec<Dim>,
    },
    /// That of a type: what a nested network gives.
    Of(TokenStream),
    /// Unknown after a mistake, which has been told.
    Unknown,
}

impl Shape {
    /// Values of these dimensions.
    pub fn values(dims: Vec<Dim>) -> Self {
        Self::Dims { element: Element::F32, dims }
    }

    /// The sample type.
    pub fn ty(&self) -> TokenStream {
        match self {
            Self::Dims { element, dims } => {
                let element = match element {
                    Element::F32 => quote!(f32),
                    Element::U32 => quote!(u32),
                };
                dims.iter().rev().fold(element, |inner, dim| {
                    let dim = &dim.tokens;
                    quote!([#inner; #dim])
                })
            }
            Self::Of(ty) => ty.clone(),
            Self::Unknown => quote!([f32; 1]),
        }
    }

    /// The shape as a `Shape` constant of the library.
    pub fn constant(&self) -> TokenStream {
        let ty = self.ty();
        quote!(<#ty as ::nn::Sample>::SHAPE)
    }

    /// Whether both are certainly the same type.
    pub fn same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Dims { element: a, dims: left }, Self::Dims { element: b, dims: right }) => {
                a == b && left.len() == right.len() && left.iter().zip(right).all(|(a, b)| a.same_as(b))
            }
            (Self::Of(a), Self::Of(b)) => a.to_string() == b.to_string(),
            _ => false,
        }
    }

    /// Whether both are certainly different.
    pub fn differs_from(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Dims { element: a, dims: left }, Self::Dims { element: b, dims: right }) => {
                let different = |(a, b): (&Dim, &Dim)| matches!((a.value, b.value), (Some(a), Some(b)) if a != b);
                a != b || left.len() != right.len() || left.iter().zip(right).any(different)
            }
            _ => false,
        }
    }

    /// The dimensions, if it is not that of a type.
    pub fn dims(&self) -> Option<&[Dim]> {
        match self {
            Self::Dims { dims, .. } => Some(dims),
            _ => None,
        }
    }

    /// The number of elements, known or computed.
    pub fn elements(&self) -> Dim {
        match self {
            Self::Dims { dims, .. } => match dims.iter().map(|dim| dim.value).product::<Option<usize>>() {
                Some(value) => Dim::known(value),
                None => {
                    let factors = dims.iter().map(|dim| dim.tokens.clone());
                    Dim::computed(factors.reduce(|product, factor| quote!(#product * (#factor))).unwrap_or(quote!(1)))
                }
            },
            Self::Of(ty) => Dim::computed(quote!(<#ty as ::nn::Value>::LEN)),
            Self::Unknown => Dim::known(1),
        }
    }

    /// Whether it is unknown after a mistake.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

impl From<&ShapeExpr> for Shape {
    fn from(shape: &ShapeExpr) -> Self {
        Self::Dims { element: shape.element, dims: shape.dims.clone() }
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dims { element, dims } => {
                let dims: Vec<String> = dims.iter().map(ToString::to_string).collect();
                match element {
                    Element::F32 => write!(f, "[{}]", dims.join(", ")),
                    Element::U32 => write!(f, "[u32; {}]", dims.join(", ")),
                }
            }
            Self::Of(ty) => write!(f, "`{}`", ty.to_string().replace(' ', "")),
            Self::Unknown => f.write_str("[?]"),
        }
    }
}

impl Model {
    /// What a value is called in messages.
    pub fn value_name(&self, value: ValueId) -> String {
        match value {
            ValueId::Input(i) => self.inputs[i].name.as_ref().map_or_else(|| "input".to_owned(), ToString::to_string),
            ValueId::Node(i) => self.nodes[i].name.to_string(),
        }
    }

    /// The shape of a value.
    pub fn shape(&self, value: ValueId) -> &Shape {
        match value {
            ValueId::Input(i) => &self.inputs[i].shape,
            ValueId::Node(i) => &self.nodes[i].gives,
        }
    }

    /// The value that holds the numbers of `value`: views are followed to what they view.
    pub fn root(&self, value: ValueId) -> ValueId {
        match value {
            ValueId::Node(i) if matches!(self.nodes[i].op, Op::View) => self.root(self.nodes[i].sources[0]),
            other => other,
        }
    }

    /// The output that a value (or a view of it) is, if any.
    pub fn output_of(&self, value: ValueId) -> Option<usize> {
        self.results.iter().position(|result| result.is_some_and(|result| self.root(result) == self.root(value)))
    }

    /// A size that is computed from const items, named so that it is written (and a mistake in it told) once.
    pub fn named_size(&mut self, name: &str, dim: Dim) -> Dim {
        if dim.value.is_some() {
            return dim;
        }
        let ident = Ident::new(name, Span::call_site());
        let owner = &self.name;
        let tokens = quote!({ #owner::#ident });
        self.sizes.push((ident, dim.tokens));
        Dim::computed(tokens)
    }
}
