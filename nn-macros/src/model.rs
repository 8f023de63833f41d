//! A network with every name resolved and every shape known: what the passes and the expansion work on.

use crate::report::{Place, Range};
use crate::syntax::{Dim, Element, Limit, ShapeExpr};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
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
    /// The names of types that are made for lines.
    pub made: Vec<Ident>,
    /// Constants that are computed from const items, each named once.
    pub sizes: Vec<Size>,
    /// The type that these are constants of: one for a network and its bodies.
    pub sizes_type: Ident,
    /// Types whose kind only the compiler knows, each as an alias that is checked.
    pub types: Vec<TokenStream>,
    /// What can be checked only when the program compiles.
    pub checks: Vec<TokenStream>,
    /// A type that has a mistake, if one stands in a line: what is made of it is left out.
    pub poison: Option<TokenStream>,
}

/// A constant that is computed when the program compiles. It is written once, so that a mistake in it is told once.
pub struct Size {
    /// The name of the constant.
    pub name: Ident,
    /// `usize` or `f32`.
    pub ty: &'static str,
    /// What computes it.
    pub value: TokenStream,
    /// What messages call it.
    pub text: String,
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
    /// The name of the field.
    pub name: Ident,
    /// The name of the line that it belongs to: an activation behind `+` may need a node of its own.
    pub line: Ident,
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
    /// That of a type: what a nested network takes or gives.
    Of {
        /// The type.
        ty: TokenStream,
        /// How messages write it: `Block::Out`.
        text: String,
    },
    /// Some dimensions of which only the last is known, after a mistake above.
    Ends(Dim),
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
            Self::Of { ty, .. } => ty.clone(),
            Self::Ends(_) | Self::Unknown => quote!([f32; 1]),
        }
    }

    /// What a nested network (or a type of the user's) takes or gives: `side` is `In` or `Out`.
    pub fn of(ty: &TokenStream, name: &str, side: &str) -> Self {
        let side = Ident::new(side, Span::call_site());
        Self::Of { ty: quote!(<#ty as ::nn::Layer>::#side), text: format!("{name}::{side}") }
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
            (Self::Of { ty: a, .. }, Self::Of { ty: b, .. }) => a.to_string() == b.to_string(),
            _ => false,
        }
    }

    /// Whether both are certainly different.
    pub fn differs_from(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Dims { element: a, dims: left }, Self::Dims { element: b, dims: right }) => {
                a != b || left.len() != right.len() || left.iter().zip(right).any(|(a, b)| a.differs_from(b))
            }
            (Self::Ends(last), Self::Dims { dims, .. }) | (Self::Dims { dims, .. }, Self::Ends(last)) => {
                dims.last().is_some_and(|dim| dim.differs_from(last))
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
            Self::Dims { dims, .. } => {
                let known = dims.iter().try_fold(1_usize, |product, dim| product.checked_mul(dim.value?));
                known.map_or_else(
                    || {
                        let factors = dims.iter().map(|dim| dim.tokens.clone());
                        let product =
                            factors.reduce(|product, factor| quote!(#product * (#factor))).unwrap_or(quote!(1));
                        let text: Vec<String> = dims.iter().map(ToString::to_string).collect();
                        Dim::computed(product, text.join(" * "))
                    },
                    Dim::known,
                )
            }
            Self::Of { ty, text } => Dim::computed(quote!(<#ty as ::nn::Value>::LEN), format!("{text}::LEN")),
            Self::Ends(_) | Self::Unknown => Dim::known(1),
        }
    }

    /// Whether the samples are tokens.
    pub fn are_tokens(&self) -> bool {
        matches!(self, Self::Dims { element: Element::U32, .. })
    }

    /// Whether it is not wholly known after a mistake.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown | Self::Ends(_))
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
            Self::Of { text, .. } => write!(f, "`{text}`"),
            Self::Ends(last) => write!(f, "[…, {last}]"),
            Self::Unknown => f.write_str("[…]"),
        }
    }
}

impl Model {
    /// What a value is called in messages.
    pub fn value_name(&self, value: ValueId) -> String {
        match value {
            ValueId::Input(i) => self.inputs[i].name.as_ref().map_or_else(|| "input".to_owned(), ToString::to_string),
            ValueId::Node(i) => self.nodes[i].line.to_string(),
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

    /// A size that the user wrote. If it is computed from const items, it is named, so that it is written (and a mistake in it
    /// told) once.
    pub fn named_size(&mut self, name: &str, dim: Dim) -> Dim {
        let known = self.sizes.len();
        let place = Range::of(&dim.tokens);
        let dim = self.derived_size(name, dim);
        if self.sizes.len() > known {
            let (subject, tokens) = (format!("{}: the size `{dim}` is ", self.title), &dim.tokens);
            let arguments = quote!(#subject, #tokens);
            self.check(&place, "check_size", arguments);
        }
        dim
    }

    /// A size that follows from others.
    pub fn derived_size(&mut self, name: &str, dim: Dim) -> Dim {
        if dim.value.is_some() || self.is_named(&dim.tokens) {
            return dim;
        }
        let tokens = self.named_constant(name, "usize", dim.tokens, &dim.text);
        Dim::computed(tokens, dim.text)
    }

    /// A constant that is computed from const items; one that is written the same way is the same.
    pub fn named_constant(&mut self, name: &str, ty: &'static str, value: TokenStream, text: &str) -> TokenStream {
        let span = value.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span());
        let known = self.sizes.iter().position(|size| size.text == text && size.ty == ty);
        let index = known.unwrap_or_else(|| {
            // A const item keeps its name.
            let item = text.rsplit("::").next().filter(|item| syn::parse_str::<Ident>(item).is_ok());
            let name = item.unwrap_or(name);
            let taken = |name: &str| self.sizes.iter().any(|size| size.name == name);
            let numbered = (2..).map(|i| format!("{name}_{i}"));
            let free = [name.to_owned()].into_iter().chain(numbered).find(|name| !taken(name)).unwrap_or_default();
            let name = Ident::new(&free, Span::call_site());
            self.sizes.push(Size { name, ty, value, text: text.to_owned() });
            self.sizes.len() - 1
        });
        // All mentions have the place of the first: if the constant cannot be computed, rustc says so at each, once for each place.
        let (owner, name) = (format_ident!("{}", self.sizes_type, span = span), &self.sizes[index].name);
        let name = format_ident!("{}", name, span = span);
        quote_spanned!(span=> #owner::#name)
    }

    fn is_named(&self, tokens: &TokenStream) -> bool {
        let mut path = tokens.clone().into_iter();
        path.next().is_some_and(|owner| self.sizes_type == owner.to_string()) && path.count() == 3
    }

    /// A shape with its computed dimensions named.
    pub fn named_shape(&mut self, name: &str, shape: &ShapeExpr) -> Shape {
        let dims = shape.dims.iter().map(|dim| self.named_size(name, dim.clone())).collect();
        Shape::Dims { element: shape.element, dims }
    }

    /// Leaves a check for the compiler: a call of a function of the library's `expand` module that panics if it fails.
    pub fn check(&mut self, place: &(impl Place + ?Sized), function: &str, arguments: TokenStream) {
        let call = place.range().call(function, arguments);
        self.checks.push(quote!(const _: () = #call;));
    }
}
