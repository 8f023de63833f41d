//! Collects mistakes, so that all of a network are told in one run.

use proc_macro2::{Span, TokenStream};

/// The mistakes found so far.
#[derive(Default)]
pub struct Report {
    errors: Vec<syn::Error>,
}

impl Report {
    /// A mistake in words at the smallest place that shows it.
    pub fn error(&mut self, place: &(impl Place + ?Sized), message: impl std::fmt::Display) {
        self.errors.push(place.error(&message.to_string()));
    }

    /// A mistake with what to write instead.
    pub fn error_help(
        &mut self,
        place: &(impl Place + ?Sized),
        message: impl std::fmt::Display,
        help: impl std::fmt::Display,
    ) {
        self.error(place, format!("{message}\n\nhelp: {help}"));
    }

    /// A mistake that the parser found.
    pub fn push(&mut self, error: syn::Error) {
        self.errors.push(error);
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// The mistakes as `compile_error!` calls.
    pub fn to_tokens(&self) -> TokenStream {
        self.errors.iter().map(syn::Error::to_compile_error).collect()
    }
}

/// Where a mistake can be shown: a span, or tokens from first to last.
pub trait Place {
    /// The error at this place.
    fn error(&self, message: &str) -> syn::Error;
}

impl Place for Span {
    fn error(&self, message: &str) -> syn::Error {
        syn::Error::new(*self, message)
    }
}

macro_rules! places {
    ($($node:ty),*) => {$(
        impl Place for $node {
            fn error(&self, message: &str) -> syn::Error {
                syn::Error::new_spanned(self, message)
            }
        }
    )*};
}
places!(syn::Ident, syn::Attribute, syn::LitStr, syn::Path);
