//! `name: layer + Activation from source`.

use super::{Args, ShapeExpr};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Expr, Ident, Path, Token, Type, braced, bracketed, parenthesized, token};

/// One line of a network.
pub struct Line {
    /// Attributes, docs among them.
    pub attrs: Vec<Attribute>,
    /// The name before the colon.
    pub name: Ident,
    /// What stands after it.
    pub layer: LayerExpr,
    /// What is added by `+`.
    pub activations: Vec<Call>,
    /// What `from` names; `None` for the line above.
    pub from: Option<Vec<Source>>,
}

/// What `from` names.
pub type Source = Ident;

/// A kind with its arguments: `Dense(10)`, `Relu`.
#[derive(Clone)]
pub struct Call {
    /// The kind.
    pub kind: Ident,
    /// The arguments, if there are parentheses.
    pub args: Option<Args>,
}

/// A layer as written.
pub enum LayerExpr {
    /// `Dense(10)`, or a bare name: a kind without arguments or a network in scope.
    Call(Call),
    /// `path::to::Network`.
    Network(Path),
    /// `[Block; 4]`.
    Array {
        /// The network that is repeated.
        network: Path,
        /// How often.
        count: Expr,
    },
    /// `Residual { … }`.
    Residual {
        /// The word itself.
        word: Ident,
        /// The lines of the body.
        lines: Vec<Line>,
    },
    /// `Type as [a] -> [b]`.
    Own {
        /// The user's type.
        ty: Type,
        /// What it takes.
        input: ShapeExpr,
        /// What it gives.
        output: ShapeExpr,
    },
    /// An activation that the line above computes; written by a pass.
    Fused(Ident),
    /// `same_as first`: the weights of another line, used again.
    Same {
        /// The words.
        word: Ident,
        /// The other line.
        line: Ident,
    },
}

impl Line {
    fn parse(input: ParseStream<'_>, errors: &mut Vec<syn::Error>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let name: Ident = input.parse()?;
        if !input.peek(Token![:]) {
            let message = format!("expected `:` and a layer after the name of the line, such as `{name}: Dense(10)`");
            return Err(input.error(message));
        }
        input.parse::<Token![:]>()?;
        let layer = LayerExpr::parse(input, errors)?;
        let mut activations = Vec::new();
        while input.peek(Token![+]) {
            input.parse::<Token![+]>()?;
            activations.push(input.parse()?);
        }
        let from = peek_word(input, "from").then(|| sources(input)).transpose()?;
        Ok(Self { attrs, name, layer, activations, from })
    }
}

/// The lines between braces, separated by commas. A line that cannot be parsed is skipped and its mistake kept, so that all are told.
pub fn parse_lines(input: ParseStream<'_>, errors: &mut Vec<syn::Error>) -> syn::Result<Vec<Line>> {
    let mut lines = Vec::new();
    while !input.is_empty() {
        match Line::parse(input, errors) {
            Ok(line) if input.is_empty() || input.peek(Token![,]) => lines.push(line),
            Ok(_) => errors.push(input.error("expected `,` after the line, `+ Activation`, or `from name`")),
            Err(error) => errors.push(error),
        }
        while !input.is_empty() && !input.peek(Token![,]) {
            input.parse::<proc_macro2::TokenTree>()?;
        }
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(lines)
}

fn peek_word(input: ParseStream<'_>, word: &str) -> bool {
    input.fork().parse::<Ident>().is_ok_and(|ident| ident == word)
}

fn sources(input: ParseStream<'_>) -> syn::Result<Vec<Source>> {
    input.parse::<Ident>()?;
    if input.peek(token::Paren) {
        let content;
        parenthesized!(content in input);
        let names = content.parse_terminated(Ident::parse, Token![,])?;
        if names.is_empty() {
            return Err(content.error("expected the names of lines, such as `from (body, shortcut)`"));
        }
        return Ok(names.into_iter().collect());
    }
    Ok(vec![input.parse()?])
}

impl Parse for Call {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let kind = input.parse()?;
        let args = input.peek(token::Paren).then(|| Args::parse_parenthesized(input)).transpose()?;
        Ok(Self { kind, args })
    }
}

impl LayerExpr {
    fn parse(input: ParseStream<'_>, errors: &mut Vec<syn::Error>) -> syn::Result<Self> {
        if input.peek(token::Bracket) {
            let content;
            bracketed!(content in input);
            let network = content.parse()?;
            content.parse::<Token![;]>()?;
            return Ok(Self::Array { network, count: content.parse()? });
        }
        if peek_word(input, "same_as") {
            return Ok(Self::Same { word: input.parse()?, line: input.parse()? });
        }
        if peek_word(input, "Residual") && input.peek2(token::Brace) {
            let word = input.parse()?;
            let content;
            braced!(content in input);
            return Ok(Self::Residual { word, lines: parse_lines(&content, errors)? });
        }
        let ahead = input.fork();
        if ahead.parse::<Type>().is_ok() && ahead.peek(Token![as]) {
            let ty = input.parse()?;
            input.parse::<Token![as]>()?;
            let from = input.parse()?;
            input.parse::<Token![->]>()?;
            return Ok(Self::Own { ty, input: from, output: input.parse()? });
        }
        if input.peek(syn::Ident) && !input.peek2(Token![::]) {
            return Ok(Self::Call(input.parse()?));
        }
        Ok(Self::Network(input.parse()?))
    }
}
