//! What stands in the parentheses after a kind: `(64, kernel = 3, bias = false)`.

use super::shape::{Dim, ShapeExpr, refuse_block, tidy};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, Token, bracketed, parenthesized, token};

/// All arguments of a call.
#[derive(Clone, Default)]
pub struct Args {
    /// In the order written.
    pub list: Vec<Arg>,
}

/// One argument.
#[derive(Clone)]
pub struct Arg {
    /// The name, unless it is positional.
    pub name: Option<Ident>,
    /// The value.
    pub value: Value,
}

/// The value of an argument.
#[derive(Clone)]
pub enum Value {
    /// A number, a const item, an expression, `true`, `same`.
    Expr(Expr),
    /// `784 -> 128`.
    Arrow(Expr, Expr),
    /// `[16, 7, 7]`.
    Shape(ShapeExpr),
    /// `[[31, 32], 0]`.
    Sides(Sides),
}

/// Brackets in brackets: for each axis one size, or two.
#[derive(Clone)]
pub struct Sides {
    /// The sizes of each axis.
    pub axes: Vec<Vec<Dim>>,
    /// The brackets with what is in them.
    pub span: Span,
}

impl Sides {
    /// What stands in brackets, if there are brackets in them.
    fn parse(input: ParseStream<'_>) -> syn::Result<Option<Self>> {
        let fork = input.fork();
        let content;
        let span = bracketed!(content in fork).span.join();
        let (mut axes, mut nested) = (Vec::new(), false);
        while !content.is_empty() {
            if content.peek(token::Bracket) {
                let sides;
                bracketed!(sides in content);
                let sides = Punctuated::<Expr, Token![,]>::parse_terminated(&sides)?;
                axes.push(sides.iter().map(Dim::of_expr).collect());
                nested = true;
            } else {
                match content.parse::<Expr>() {
                    Ok(size) => axes.push(vec![Dim::of_expr(&size)]),
                    Err(error) if nested => return Err(error),
                    Err(_) => return Ok(None),
                }
            }
            if !content.is_empty() && content.parse::<Option<Token![,]>>()?.is_none() {
                return if nested { Err(content.error("expected `,` between sizes")) } else { Ok(None) };
            }
        }
        if nested {
            input.advance_to(&fork);
        }
        Ok(nested.then_some(Self { axes, span }))
    }
}

impl std::fmt::Display for Sides {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let axes = self.axes.iter().map(|sides| {
            let texts: Vec<String> = sides.iter().map(ToString::to_string).collect();
            if sides.len() == 1 { texts.concat() } else { format!("[{}]", texts.join(", ")) }
        });
        write!(f, "[{}]", axes.collect::<Vec<_>>().join(", "))
    }
}

/// For the places of mistakes: the first and the last token are those that were written.
impl ToTokens for Value {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Expr(expr) => expr.to_tokens(tokens),
            Self::Arrow(left, right) => {
                left.to_tokens(tokens);
                right.to_tokens(tokens);
            }
            Self::Shape(ShapeExpr { span, .. }) | Self::Sides(Sides { span, .. }) => {
                let mut brackets = proc_macro2::Group::new(proc_macro2::Delimiter::Bracket, TokenStream::new());
                brackets.set_span(*span);
                brackets.to_tokens(tokens);
            }
        }
    }
}

impl Value {
    /// The dimension it stands for, if it is a single expression.
    pub fn dim(&self) -> Option<Dim> {
        match self {
            Self::Expr(expr) => Some(Dim::of_expr(expr)),
            _ => None,
        }
    }
}

impl Args {
    /// Parses `( … )`.
    pub fn parse_parenthesized(input: ParseStream<'_>) -> syn::Result<Self> {
        let content;
        parenthesized!(content in input);
        Self::parse_list(&content)
    }

    /// Parses what stands between the parentheses.
    pub fn parse_list(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self { list: input.parse_terminated(Arg::parse, Token![,])?.into_iter().collect() })
    }
}

impl Parse for Arg {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = if input.peek(Ident) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
            let name = input.parse()?;
            input.parse::<Token![=]>()?;
            Some(name)
        } else {
            None
        };
        if input.peek(token::Bracket) {
            if let Some(sides) = Sides::parse(input)? {
                return Ok(Self { name, value: Value::Sides(sides) });
            }
            return Ok(Self { name, value: Value::Shape(ShapeExpr::parse_argument(input)?) });
        }
        let first = expr_before_arrow(input)?;
        if input.peek(Token![->]) {
            input.parse::<Token![->]>()?;
            return Ok(Self { name, value: Value::Arrow(first, input.parse()?) });
        }
        Ok(Self { name, value: Value::Expr(first) })
    }
}

/// An expression that ends at a `,` or a `->` (which the parser of expressions would take for a minus).
fn expr_before_arrow(input: ParseStream<'_>) -> syn::Result<Expr> {
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new(input.span(), "expected the value of an argument"));
    }
    refuse_block(input)?;
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) && !input.peek(Token![->]) {
        tokens.extend([input.parse::<TokenTree>()?]);
    }
    let one = |input: ParseStream<'_>| {
        let expr = input.parse::<Expr>()?;
        if input.is_empty() { Ok(expr) } else { Err(syn::Error::new(input.span(), "expected `,` between arguments")) }
    };
    let incomplete = format!("`{}` is not a complete expression", tidy(&tokens));
    one.parse2(tokens.clone()).map_err(|error| match error.to_string().starts_with("unexpected end of input") {
        // Its place would be the whole call.
        true => syn::Error::new_spanned(tokens, incomplete),
        false => error,
    })
}
