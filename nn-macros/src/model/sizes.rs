//! Constants that the compiler computes, each written once.

use super::{Model, Shape};
use crate::report::Range;
use crate::syntax::{Dim, ShapeExpr};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;

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

impl Model {
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
            let item = text.rsplit("::").next().map(|item| item.trim_start_matches("r#"));
            let item = item.filter(|item| syn::parse_str::<Ident>(item).is_ok());
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
}
