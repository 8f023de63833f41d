//! `[1, 28, 28]`, `[HIDDEN]`, `[u32; 64]`.

use super::line::error;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::{BinOp, Expr, ExprLit, ExprUnary, Lit, Token, bracketed, token};

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
    /// How messages and tables write it: as the user did.
    pub text: String,
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
    /// The largest size: products of two, and what follows from them, fit 64 bits.
    pub const MOST: usize = 1 << 30;

    /// A literal number.
    pub fn known(value: usize) -> Self {
        let literal = proc_macro2::Literal::usize_unsuffixed(value);
        Self { tokens: quote!(#literal), value: Some(value), text: value.to_string() }
    }

    /// What an expression gives when the program compiles.
    pub fn computed(tokens: TokenStream, text: String) -> Self {
        Self { tokens, value: None, text }
    }

    /// From a parsed expression; literal arithmetic is computed here.
    pub fn of_expr(expr: &Expr) -> Self {
        match evaluate(expr) {
            Some(value) => Self::known(value),
            None => Self::computed(expr.to_token_stream(), tidy(&expr.to_token_stream())),
        }
    }

    /// The number as an argument of a type.
    pub fn argument(&self) -> TokenStream {
        let tokens = &self.tokens;
        if self.value.is_some() { tokens.clone() } else { quote!({ #tokens }) }
    }

    /// What a rule makes of sizes: the number, if all are known, or else what computes it.
    pub fn by_rule<const N: usize>(sizes: [&Self; N], rule: fn([usize; N]) -> usize, tokens: TokenStream) -> Self {
        let known: Vec<usize> = sizes.iter().filter_map(|size| size.value.filter(|size| *size <= Self::MOST)).collect();
        match <[usize; N]>::try_from(known) {
            Ok(known) => Self::known(rule(known)),
            Err(_) => {
                let text = tidy(&tokens);
                Self::computed(tokens, text)
            }
        }
    }

    /// Whether it may be a whole number from 0: an expression that is not made of literals may.
    pub fn may_be_size(&self) -> bool {
        self.value.is_some_and(|value| value <= Self::MOST)
            || self.value.is_none() && !syn::parse2::<Expr>(self.tokens.clone()).is_ok_and(|expr| is_literal(&expr))
    }

    /// Whether both are certainly the same number. What is written the same way in one network is the same.
    pub fn same_as(&self, other: &Self) -> bool {
        match (self.value, other.value) {
            (Some(a), Some(b)) => a == b,
            (None, None) => self.text == other.text,
            _ => false,
        }
    }

    /// Whether both are certainly different.
    pub fn differs_from(&self, other: &Self) -> bool {
        matches!((self.value, other.value), (Some(a), Some(b)) if a != b)
    }
}

impl std::fmt::Display for Dim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// Tokens as a person would space them: `Config::WIDTH / 2`.
pub fn tidy(tokens: &TokenStream) -> String {
    const SPACES: [(&str, &str); 10] = [
        (" :: ", "::"),
        (":: ", "::"),
        (" . ", "."),
        ("( ", "("),
        (" )", ")"),
        (" (", "("),
        (" ,", ","),
        ("< ", "<"),
        (" <", "<"),
        (" >", ">"),
    ];
    let text = SPACES.iter().fold(tokens.to_string(), |text, (from, to)| text.replace(from, to));
    text.strip_prefix("- ").map_or(text.clone(), |number| format!("-{number}"))
}

fn evaluate(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) if matches!(int.suffix(), "" | "usize") => {
            int.base10_parse().ok()
        }
        Expr::Paren(inner) => evaluate(&inner.expr),
        Expr::Group(inner) => evaluate(&inner.expr),
        Expr::Binary(binary) => {
            let (left, right) = (evaluate(&binary.left)?, evaluate(&binary.right)?);
            match binary.op {
                BinOp::Add(_) => left.checked_add(right),
                BinOp::Sub(_) => left.checked_sub(right),
                BinOp::Mul(_) => left.checked_mul(right),
                BinOp::Div(_) => left.checked_div(right),
                BinOp::Rem(_) => left.checked_rem(right),
                BinOp::Shl(_) => left.checked_mul(2_usize.checked_pow(u32::try_from(right).ok()?)?),
                BinOp::Shr(_) => Some(left.checked_shr(u32::try_from(right).ok()?).unwrap_or(0)),
                BinOp::BitAnd(_) => Some(left & right),
                BinOp::BitOr(_) => Some(left | right),
                BinOp::BitXor(_) => Some(left ^ right),
                _ => None,
            }
        }
        _ => None,
    }
}

impl Parse for ShapeExpr {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(token::Bracket) {
            let message = "expected a shape in brackets, such as `[784]` or `[1, 28, 28]`";
            return Err(syn::Error::new(input.span(), message));
        }
        Self::of_brackets(input, dim)
    }
}

impl ShapeExpr {
    /// Brackets that stand as an argument. The kind says what they mean, and whether a number in them can be 0.
    pub fn parse_argument(input: ParseStream<'_>) -> syn::Result<Self> {
        Self::of_brackets(input, |expr| Ok(Dim::of_expr(expr)))
    }

    /// Whether every dimension can be one.
    pub fn has_no_zero(&self) -> bool {
        self.dims.iter().all(|dim| dim.value != Some(0))
    }

    fn of_brackets(input: ParseStream<'_>, dim: fn(&Expr) -> syn::Result<Dim>) -> syn::Result<Self> {
        let content;
        let bracket = bracketed!(content in input);
        let span = bracket.span.join();
        if let Some(sizes) = nested_array(&content) {
            let message = "a shape is written by its sizes alone, outermost first";
            return Err(error(span, message, format!("write `[{}]`", sizes.join(", "))));
        }
        let mut element = Element::F32;
        if content.peek(syn::Ident) && content.peek2(Token![;]) {
            let name: syn::Ident = content.parse()?;
            content.parse::<Token![;]>()?;
            element = match name.to_string().as_str() {
                "u32" => Element::U32,
                "f32" => Element::F32,
                other => {
                    let help = "tokens are `[u32; 64]`, values are `[64]`";
                    return Err(error(name.span(), format!("samples hold `f32` or `u32`, not `{other}`"), help));
                }
            };
        }
        let exprs = content.parse_terminated(size, Token![,]).map_err(|error| separated(&content, error))?;
        if exprs.is_empty() {
            return Err(error(span, "a shape has at least one dimension", "write `[1]` for a single number"));
        }
        if exprs.len() > nn_spec::MAX_RANK {
            let most = nn_spec::MAX_RANK;
            let message = format!("a sample has at most {most} dimensions, and these are {}", exprs.len());
            return Err(syn::Error::new_spanned(&exprs, message));
        }
        Ok(Self { element, dims: exprs.iter().map(dim).collect::<syn::Result<_>>()?, span })
    }
}

/// The sizes of `[[f32; 28]; 3]` from what stands in its outer brackets.
fn nested_array(content: ParseStream<'_>) -> Option<Vec<String>> {
    let ahead = content.fork();
    let array = ahead.parse::<syn::TypeArray>().ok()?;
    ahead.parse::<Token![;]>().ok()?;
    let mut sizes = vec![ahead.parse::<Expr>().ok()?];
    let mut inner = &array;
    loop {
        sizes.push(inner.len.clone());
        match &*inner.elem {
            syn::Type::Array(next) => inner = next,
            _ => break,
        }
    }
    Some(sizes.iter().map(|size| tidy(&size.to_token_stream())).collect())
}

/// `[28; 28]` is told as what it is.
fn separated(content: ParseStream<'_>, other: syn::Error) -> syn::Error {
    if content.peek(Token![;]) {
        return error(content.span(), "sizes are separated by `,`, not by `;`", "write `[1, 28, 28]`");
    }
    other
}

/// A size as an expression.
fn size(input: ParseStream<'_>) -> syn::Result<Expr> {
    refuse_block(input)?;
    input.parse()
}

/// Refuses expressions with blocks, which would need all of Rust's grammar.
pub fn refuse_block(input: ParseStream<'_>) -> syn::Result<()> {
    if input.peek(Token![if]) || input.peek(Token![match]) || input.peek(Token![unsafe]) {
        let message = "an expression with blocks cannot stand here";
        return Err(error(input.span(), message, "give it a name: `const UNITS: usize = …;`"));
    }
    Ok(())
}

fn dim(expr: &Expr) -> syn::Result<Dim> {
    let dim = Dim::of_expr(expr);
    if dim.value.is_some_and(|value| value > Dim::MOST) {
        return Err(syn::Error::new_spanned(expr, format!("a dimension is at most {}, not {dim}", Dim::MOST)));
    }
    if dim.value == Some(0) {
        return Err(syn::Error::new_spanned(expr, "a dimension of 0 leaves nothing to compute"));
    }
    if dim.value.is_none() && is_literal(expr) {
        return Err(syn::Error::new_spanned(expr, format!("a dimension is a whole number from 1, not `{dim}`")));
    }
    Ok(dim)
}

/// Whether it is made of literals only.
pub fn is_literal(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(_) => true,
        Expr::Unary(ExprUnary { expr, .. }) => is_literal(expr),
        Expr::Paren(inner) => is_literal(&inner.expr),
        Expr::Group(inner) => is_literal(&inner.expr),
        Expr::Binary(binary) => is_literal(&binary.left) && is_literal(&binary.right),
        _ => false,
    }
}
