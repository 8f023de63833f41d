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
    /// Something that could not be parsed, and has been reported. The line stays, so that its name is known.
    Unparsed,
}

impl Parse for Call {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let kind = input.parse()?;
        let args = input.peek(token::Paren).then(|| Args::parse_parenthesized(input)).transpose()?;
        Ok(Self { kind, args })
    }
}

impl LayerExpr {
    /// Parses the layer of a line.
    pub fn parse(input: ParseStream<'_>, line: &Ident, errors: &mut Vec<syn::Error>) -> syn::Result<Self> {
        if input.peek(token::Bracket) {
            return array(input);
        }
        if peek_word(input, "same_as") {
            let word: Ident = input.parse()?;
            if !input.peek(Ident) {
                let help = "write the name of a line above: `same_as first`";
                return Err(error(word.span(), "`same_as` does not say which line", help));
            }
            return Ok(Self::Same { word, line: input.parse()? });
        }
        if peek_word(input, "Residual") {
            let word: Ident = input.parse()?;
            if !input.peek(token::Brace) {
                let help = format!("write `{line}: Residual {{ fc: Dense(128) }}`");
                return Err(error(word.span(), "a residual has a body of lines in braces", help));
            }
            let content;
            braced!(content in input);
            return Ok(Self::Residual { word, lines: parse_lines(&content, errors)? });
        }
        if !input.peek(Ident) && !input.peek(Token![::]) && !input.peek(Token![crate]) && !input.peek(Token![super]) {
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
            return Ok(Self::Call(input.parse()?));
        }
        Ok(Self::Network(input.parse()?))
    }
}

/// `[Block; 4]`.
fn array(input: ParseStream<'_>) -> syn::Result<LayerExpr> {
    let content;
    bracketed!(content in input);
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
    if !content.peek(Token![;]) {
        let help = format!("write `[{}; 4]`", network.to_token_stream());
        return Err(error(content.span(), "expected `;` and how often the network is repeated", help));
    }
    content.parse::<Token![;]>()?;
    let count = content.parse()?;
    if !content.is_empty() {
        return Err(syn::Error::new(content.span(), "expected `]` after how often the network is repeated"));
    }
    Ok(LayerExpr::Array { network, count })
}
