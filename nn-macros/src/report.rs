//! Collects mistakes, so that all of a network are told in one run.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

/// The mistakes found so far.
#[derive(Default)]
pub struct Report {
    errors: Vec<syn::Error>,
}

impl Report {
    /// A mistake in words at the smallest place that shows it.
    pub fn error(&mut self, place: &(impl Place + ?Sized), message: impl std::fmt::Display) {
        let Range { start, end } = place.range();
        let tokens = [quote_spanned!(start=> start), quote_spanned!(end=> end)];
        self.errors.push(syn::Error::new_spanned(TokenStream::from_iter(tokens), message));
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

    /// How many there were.
    pub fn len(&self) -> usize {
        self.errors.len()
    }

    /// The last mistake, taken out, as a type. The compiler reports it once, and is silent about what is done with the type.
    pub fn take_as_type(&mut self) -> Option<TokenStream> {
        let error = self.errors.pop()?.to_compile_error();
        Some(quote!(::nn::expand::Known<(), { #error }>))
    }

    /// The mistakes as `compile_error!` calls.
    pub fn to_tokens(&self) -> TokenStream {
        self.errors.iter().map(syn::Error::to_compile_error).collect()
    }
}

/// Source code from one token to another.
#[derive(Clone, Copy)]
pub struct Range {
    start: Span,
    end: Span,
}

impl Range {
    /// From the first to the last of `tokens`.
    pub fn of(tokens: &impl ToTokens) -> Self {
        let tokens = tokens.to_token_stream();
        let mut spans = tokens.into_iter().map(|token| token.span());
        let start = spans.next().unwrap_or_else(Span::call_site);
        Self { start, end: spans.last().unwrap_or(start) }
    }

    /// The call of a function of the library's `expand` module, with this place as its span: where an assertion in it fails,
    /// rustc shows the place.
    pub fn call(self, function: &str, arguments: TokenStream) -> TokenStream {
        let function = proc_macro2::Ident::new(function, self.start);
        let path = quote_spanned!(self.start=> ::nn::expand::#function);
        let mut arguments = proc_macro2::Group::new(proc_macro2::Delimiter::Parenthesis, arguments);
        arguments.set_span(self.end);
        path.into_iter().chain([arguments.into()]).collect()
    }
}

/// Where a mistake can be shown.
pub trait Place {
    /// The source code to show.
    fn range(&self) -> Range;
}

impl Place for Span {
    fn range(&self) -> Range {
        Range { start: *self, end: *self }
    }
}

impl Place for Range {
    fn range(&self) -> Range {
        *self
    }
}

macro_rules! places {
    ($($node:ty),*) => {$(
        impl Place for $node {
            fn range(&self) -> Range {
                Range::of(self)
            }
        }
    )*};
}
places!(syn::Ident, syn::Attribute, syn::LitStr, syn::Path, syn::Type, syn::Expr, crate::syntax::Value);
