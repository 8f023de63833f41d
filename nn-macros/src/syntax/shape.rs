//! `[1, 28, 28]`, `[HIDDEN]`, `[u32; 64]`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{BinOp, Expr, ExprLit, Lit, Token, bracketed, token};

/// What samples are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// Values.
    F32,
    /// Tokens.
    U32,
}

/// One dimension: an expression, and its value where that is known while the macro runs.
#[derive(Clone)]
pub struct Dim {
    /// What was written, or what computes it.
    pub tokens: TokenStream,
    /// The number, if everything in it is literal.
    pub value: Option<usize>,
}

/// A shape as written.
#[derive(Clone)]
pub struct ShapeExpr {
    /// `f32` unless the shape says `u32`.
    pub element: Element,
    /// The dimensions, outermost first.
    pub dims: Vec<Dim>,
    /// The brackets with what is in them.
    pub span: Span,
}

impl Dim {
    /// A literal number.
    pub fn known(value: usize) -> Self {
        let literal = proc_macro2::Literal::usize_unsuffixed(value);
        Self { tokens: quote!(#literal), value: Some(value) }
    }

    /// What an expression gives when the program compiles.
    pub fn computed(tokens: TokenStream) -> Self {
        Self { tokens, value: None }
    }

    /// From a parsed expression; literal arithmetic is computed here.
    pub fn of_expr(expr: &Expr) -> Self {
        match evaluate(expr) {
            Some(value) => Self { value: Some(value), tokens: Self::known(value).tokens },
            None => Self::computed(expr.to_token_stream()),
        }
    }

    /// Whether both are certainly the same number.
    pub fn same_as(&self, other: &Self) -> bool {
        match (self.value, other.value) {
            (Some(a), Some(b)) => a == b,
            (None, None) => self.tokens.to_string() == other.tokens.to_string(),
            _ => false,
        }
    }
}

impl std::fmt::Display for Dim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.value {
            Some(value) => write!(f, "{value}"),
            None => write!(f, "{}", self.tokens),
        }
    }
}

fn evaluate(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => int.base10_parse().ok(),
        Expr::Paren(inner) => evaluate(&inner.expr),
        Expr::Group(inner) => evaluate(&inner.expr),
        Expr::Binary(binary) => {
            let (left, right) = (evaluate(&binary.left)?, evaluate(&binary.right)?);
            match binary.op {
                BinOp::Add(_) => left.checked_add(right),
                BinOp::Sub(_) => left.checked_sub(right),
                BinOp::Mul(_) => left.checked_mul(right),
                BinOp::Div(_) => left.checked_div(right),
                _ => None,
            }
        }
        _ => None,
    }
}

impl Parse for ShapeExpr {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(token::Bracket) {
            return Err(input.error("expected a shape in brackets, such as `[784]` or `[1, 28, 28]`"));
        }
        let content;
        let bracket = bracketed!(content in input);
        let span = bracket.span.join();
        if content.peek(syn::Ident) && content.peek2(Token![;]) {
            let element: syn::Ident = content.parse()?;
            content.parse::<Token![;]>()?;
            let element = match element.to_string().as_str() {
                "u32" => Element::U32,
                "f32" => Element::F32,
                other => {
                    let message = format!(
                        "samples hold `f32` or `u32`, not `{other}`\n\nhelp: tokens are `[u32; 64]`, values are `[64]`"
                    );
                    return Err(syn::Error::new(element.span(), message));
                }
            };
            let dims = dims(&content)?;
            return Ok(Self { element, dims, span });
        }
        let dims = dims(&content)?;
        Ok(Self { element: Element::F32, dims, span })
    }
}

fn dims(content: ParseStream<'_>) -> syn::Result<Vec<Dim>> {
    let exprs = Punctuated::<Expr, Token![,]>::parse_terminated(content)?;
    if exprs.is_empty() {
        return Err(content.error("a shape has at least one dimension: write `[1]` for a single number"));
    }
    if exprs.len() > nn_spec::MAX_RANK {
        return Err(syn::Error::new_spanned(&exprs, format!("a sample has at most {} dimensions", nn_spec::MAX_RANK)));
    }
    exprs
        .iter()
        .map(|expr| match Dim::of_expr(expr) {
            Dim { value: Some(0), .. } => {
                Err(syn::Error::new_spanned(expr, "a dimension of 0 leaves nothing to compute"))
            }
            dim => Ok(dim),
        })
        .collect()
}
