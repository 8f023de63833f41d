//! What stands behind the name of a line: `Dense(10)`, `[Block; 4]`, `Residual { … }`, `Type as [a] -> [b]`.

use super::line::{Line, error, parse_lines, peek_word};
use super::{Args, ShapeExpr};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, Ident, Path, Token, Type, braced, bracketed, token};

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
    /// `Residual { … }`, `Sequential { … }`, `[Residual { … }; 4]`.
    Body(Body),
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
    /// Something that could not be parsed, and has been reported. The line stays, so that its name is known.
    Unparsed,
}

/// Lines in braces.
pub struct Body {
    /// `Residual` or `Sequential`.
    pub word: Ident,
    /// The lines.
    pub lines: Vec<Line>,
    /// How often they are repeated, where they stand in brackets.
    pub count: Option<Expr>,
}

impl Body {
    /// Whether what the lines give is added to what they take.
    pub fn is_residual(&self) -> bool {
        self.word == "Residual"
    }

    /// Whether a body follows.
    fn peek(input: ParseStream<'_>) -> bool {
        peek_word(input, "Residual") || peek_word(input, "Sequential")
    }

    fn parse(input: ParseStream<'_>, line: &Ident, errors: &mut Vec<syn::Error>) -> syn::Result<Self> {
        let word: Ident = input.parse()?;
        if !input.peek(token::Brace) {
            let help = format!("write `{line}: {word} {{ fc: Dense(128) }}`");
            let what = word.to_string().to_lowercase();
            return Err(error(word.span(), format!("a {what} has a body of lines in braces"), help));
        }
        let content;
        braced!(content in input);
        Ok(Self { word, lines: parse_lines(&content, errors)?, count: None })
    }
}

impl Parse for Call {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let kind = input.parse()?;
        let args = input.peek(token::Paren).then(|| Args::parse_parenthesized(input)).transpose()?;
        Ok(Self { kind, args })
    }
}

impl LayerExpr {
    /// How often something is repeated, for an array.
    pub fn count(&self) -> Option<&Expr> {
        match self {
            Self::Array { count, .. } | Self::Body(Body { count: Some(count), .. }) => Some(count),
            _ => None,
        }
    }

    /// Parses the layer of a line.
    pub fn parse(input: ParseStream<'_>, line: &Ident, errors: &mut Vec<syn::Error>) -> syn::Result<Self> {
        if input.peek(token::Bracket) {
            return array(input, line, errors);
        }
        if peek_word(input, "same_as") {
            let word: Ident = input.parse()?;
            if !input.peek(Ident) {
                let help = "write the name of a line above: `same_as first`";
                return Err(error(word.span(), "`same_as` does not say which line", help));
            }
            return Ok(Self::Same { word, line: input.parse()? });
        }
        if Body::peek(input) {
            return Body::parse(input, line, errors).map(Self::Body);
        }
        let keyword = input.peek(Token![crate]) || input.peek(Token![super]) || input.peek(Token![self]);
        if !input.peek(Ident) && !input.peek(Token![::]) && !keyword {
            let span = if input.is_empty() || input.peek(Token![,]) { line.span() } else { input.span() };
            return Err(error(span, format!("expected a layer for `{line}`"), format!("write `{line}: Dense(128)`")));
        }
        let ahead = input.fork();
        if ahead.parse::<Type>().is_ok() && ahead.peek(Token![as]) {
            let ty = input.parse()?;
            input.parse::<Token![as]>()?;
            let from = input.parse()?;
            if !input.peek(Token![->]) {
                return Err(syn::Error::new(input.span(), "expected `->` and the shape of what the layer gives"));
            }
            input.parse::<Token![->]>()?;
            return Ok(Self::Own { ty, input: from, output: input.parse()? });
        }
        if input.peek(syn::Ident) && !input.peek2(Token![::]) {
            let mut call: Call = input.parse()?;
            if call.args.is_none() && input.peek(token::Bracket) {
                let content;
                let brackets = bracketed!(content in input);
                let what = format!("the arguments of `{}` stand in parentheses", call.kind);
                errors.push(error(brackets.span.join(), what, format!("write `{}({content})`", call.kind)));
                call.args = Some(Args::parse_list(&content)?);
            }
            return Ok(Self::Call(call));
        }
        Ok(Self::Network(input.parse()?))
    }
}

/// `[Block; 4]`.
fn array(input: ParseStream<'_>, line: &Ident, errors: &mut Vec<syn::Error>) -> syn::Result<LayerExpr> {
    let content;
    bracketed!(content in input);
    if Body::peek(&content) {
        let body = Body::parse(&content, line, errors)?;
        let count = Some(count(&content, format!("write `[{} {{ … }}; 4]`", body.word))?);
        return Ok(LayerExpr::Body(Body { count, ..body }));
    }
    let network: Path = content.parse()?;
    if content.peek(token::Paren) {
        let kind = network.to_token_stream();
        let help = format!(
            "declare it as a network, `struct Block: [128] -> [128] {{ fc: {kind}(…) }}`, and write `[Block; 4]`"
        );
        return Err(syn::Error::new_spanned(
            &network,
            format!("only a network can be repeated, not a `{kind}`\n\nhelp: {help}"),
        ));
    }
    let count = count(&content, format!("write `[{}; 4]`", network.to_token_stream()))?;
    Ok(LayerExpr::Array { network, count })
}

/// `; 4`.
fn count(content: ParseStream<'_>, help: String) -> syn::Result<Expr> {
    if !content.peek(Token![;]) {
        return Err(error(content.span(), "expected `;` and how often the network is repeated", help));
    }
    content.parse::<Token![;]>()?;
    let count = content.parse()?;
    if !content.is_empty() {
        return Err(syn::Error::new(content.span(), "expected `]` after how often the network is repeated"));
    }
    Ok(count)
}
