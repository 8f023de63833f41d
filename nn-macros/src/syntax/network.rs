//! `pub struct Name: [in] -> [out] { lines }`, any number of times.

use super::ShapeExpr;
use super::line::{Line, parse_lines};
use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, Lit, LitFloat, LitInt, Token, Visibility, braced, parenthesized, token};

/// Everything in one call of the macro.
pub struct Networks {
    /// In the order written.
    pub list: Vec<Network>,
}

/// One network.
pub struct Network {
    /// Docs, derives and whatever else is passed through.
    pub attrs: Vec<Attribute>,
    /// `#[budget(…)]`.
    pub budget: Vec<Limit>,
    /// `pub`, `pub(crate)` or nothing.
    pub vis: Visibility,
    /// The name of the struct.
    pub name: Ident,
    /// What it takes.
    pub input: Ports,
    /// What it gives.
    pub output: Ports,
    /// The lines.
    pub lines: Vec<Line>,
    /// What was wrong with lines that are therefore not among them.
    pub errors: Vec<syn::Error>,
}

/// One shape, or several with names.
pub enum Ports {
    /// `[784]`.
    One(ShapeExpr),
    /// `(image: [784], age: [1])`.
    Named(Vec<(Ident, ShapeExpr)>),
}

/// One limit of a budget: `params <= 120_000`.
pub struct Limit {
    /// The word, for spans.
    pub word: Ident,
    /// What is limited.
    pub quantity: Quantity,
    /// The largest allowed number.
    pub most: u64,
    /// Where that number stands.
    pub span: Span,
}

/// What a budget can limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Trained parameters.
    Params,
    /// Floating-point operations for one sample.
    Flops,
    /// Bytes of the inference workspace for one sample.
    Workspace,
}

impl Parse for Networks {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut list = Vec::new();
        while !input.is_empty() {
            list.push(input.parse()?);
        }
        if list.is_empty() {
            let example = "struct Digits: [784] -> [10] { logits: Dense(10) }";
            return Err(input.error(format!("expected a network, such as `{example}`")));
        }
        Ok(Self { list })
    }
}

impl Parse for Network {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut attrs = Vec::new();
        let mut budget = Vec::new();
        for attr in input.call(Attribute::parse_outer)? {
            if attr.path().is_ident("budget") {
                budget.extend(attr.parse_args_with(parse_limits)?);
            } else {
                attrs.push(attr);
            }
        }
        let vis = input.parse()?;
        if !input.peek(Token![struct]) {
            return Err(input.error("expected `struct` and the name of a network"));
        }
        input.parse::<Token![struct]>()?;
        let name: Ident = input.parse()?;
        if input.peek(Token![<]) {
            let message = format!(
                "`{name}` has type parameters, but the dimensions of a network are numbers here\n\nhelp: use const items for sizes that change together: `const WIDTH: usize = 128;`"
            );
            return Err(input.error(message));
        }
        if !input.peek(Token![:]) {
            let message = format!("expected what the network takes and gives, such as `struct {name}: [784] -> [10]`");
            return Err(input.error(message));
        }
        input.parse::<Token![:]>()?;
        let from = input.parse()?;
        if !input.peek(Token![->]) {
            return Err(input.error("expected `->` and the shape of what the network gives"));
        }
        input.parse::<Token![->]>()?;
        let output = input.parse()?;
        let content;
        braced!(content in input);
        let mut errors = Vec::new();
        let lines = parse_lines(&content, &mut errors)?;
        Ok(Self { attrs, budget, vis, name, input: from, output, lines, errors })
    }
}

impl Parse for Ports {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(token::Paren) {
            return Ok(Self::One(input.parse()?));
        }
        let content;
        let paren = parenthesized!(content in input);
        let mut ports = Vec::new();
        while !content.is_empty() {
            let name: Ident = content.parse()?;
            content.parse::<Token![:]>()?;
            ports.push((name, content.parse::<ShapeExpr>()?));
            if !content.is_empty() {
                content.parse::<Token![,]>()?;
            }
        }
        if ports.len() < 2 {
            let message = "names are for several values: write the shape alone for one, such as `[784]`";
            return Err(syn::Error::new(paren.span.join(), message));
        }
        if ports.len() > 8 {
            return Err(syn::Error::new(paren.span.join(), "a network takes or gives at most 8 values"));
        }
        Ok(Self::Named(ports))
    }
}

fn parse_limits(input: ParseStream<'_>) -> syn::Result<Vec<Limit>> {
    Ok(input.parse_terminated(Limit::parse, Token![,])?.into_iter().collect())
}

impl Parse for Limit {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let word: Ident = input.parse()?;
        let quantity = match word.to_string().as_str() {
            "params" => Quantity::Params,
            "flops" => Quantity::Flops,
            "workspace" => Quantity::Workspace,
            other => {
                let message =
                    format!("a budget cannot limit `{other}`\n\nhelp: write `params`, `flops` or `workspace`");
                return Err(syn::Error::new(word.span(), message));
            }
        };
        input.parse::<Token![<=]>()?;
        let literal: Lit = input.parse()?;
        let span = literal.span();
        let number = match &literal {
            Lit::Int(int) => whole(int)?,
            Lit::Float(float) => whole_float(float)?,
            other => return Err(syn::Error::new_spanned(other, "expected a number, such as `120_000` or `2e6`")),
        };
        let unit = input.peek(Ident).then(|| input.parse::<Ident>()).transpose()?;
        let factor = match unit.as_ref().map(ToString::to_string).as_deref() {
            None | Some("B") => 1,
            Some("KiB") => 1 << 10,
            Some("MiB") => 1 << 20,
            Some("GiB") => 1 << 30,
            Some(other) => {
                let message = format!("unknown unit `{other}`\n\nhelp: write `B`, `KiB`, `MiB` or `GiB`");
                return Err(syn::Error::new(span, message));
            }
        };
        if unit.is_some() && quantity != Quantity::Workspace {
            return Err(syn::Error::new(span, format!("`{word}` is a plain number and takes no unit")));
        }
        Ok(Self { word, quantity, most: number.saturating_mul(factor), span })
    }
}

fn whole(int: &LitInt) -> syn::Result<u64> {
    int.base10_parse()
}

fn whole_float(float: &LitFloat) -> syn::Result<u64> {
    let value: f64 = float.base10_parse()?;
    if value < 0.0 || value.fract() != 0.0 || value > 1e18 {
        return Err(syn::Error::new_spanned(float, "expected a whole number, such as `2e6`"));
    }
    Ok(value as u64)
}
