//! Shapes, as far as the macro knows them.

use crate::syntax::{Dim, Element, ShapeExpr};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Ident;

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
    /// An image whose channels lie together, or the vector that it is when flattened: `passes/order.rs` chooses these.
    Inner {
        /// Channels, height, width.
        image: Vec<Dim>,
        /// The dimensions that messages speak of.
        dims: Vec<Dim>,
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
            Self::Inner { image, dims } => {
                let (name, sizes) = match dims.len() {
                    1 => ("FlatHwc", image),
                    2 => ("Lc", dims),
                    _ => ("Hwc", image),
                };
                let (name, sizes) = (Ident::new(name, Span::call_site()), sizes.iter().map(Dim::argument));
                quote!(::nn::#name<#(#sizes),*>)
            }
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
            (Self::Inner { .. }, Self::Inner { .. }) => self.ty().to_string() == other.ty().to_string(),
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

    /// The first dimension, known or computed.
    pub fn first(&self) -> Dim {
        match self {
            Self::Dims { dims, .. } | Self::Inner { dims, .. } if !dims.is_empty() => dims[0].clone(),
            Self::Of { ty, text } => {
                Dim::computed(quote!(<#ty as ::nn::Sample>::SHAPE.dims()[0]), format!("{text}[0]"))
            }
            _ => Dim::known(1),
        }
    }

    /// The number of elements, known or computed.
    pub fn elements(&self) -> Dim {
        match self {
            Self::Dims { dims, .. } | Self::Inner { dims, .. } => {
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

    /// Whether it is certainly an image, `[channels, height, width]`.
    pub fn is_image(&self) -> bool {
        matches!(self, Self::Dims { element: Element::F32, dims } if dims.len() == 3)
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
            Self::Inner { dims, .. } => write!(f, "{}", Self::values(dims.clone())),
            Self::Ends(last) => write!(f, "[…, {last}]"),
            Self::Unknown => f.write_str("[…]"),
        }
    }
}
