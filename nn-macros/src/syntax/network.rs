//! `pub struct Name: [in] -> [out] { lines }`, any number of times.

use super::ShapeExpr;
use super::budget::{Limit, limits};
use super::line::{Line, error, parse_lines};
use super::weights::Weights;
use crate::names::closest;
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, Ident, Token, Visibility, braced, parenthesized, token};

/// Everything in one call of the macro.
pub struct Networks {
    /// In the order written.
    pub list: Vec<Item>,
    /// What was wrong between them.
    pub errors: Vec<syn::Error>,
}

/// A network, or what is known of one.
pub enum Item {
    /// One whose head could be parsed.
    Network(Network),
    /// One whose shapes are not known. Its name is.
    Headless {
        /// `pub`, `pub(crate)` or nothing.
        vis: Visibility,
        /// The name of the struct.
        name: Ident,
        /// Whether it takes or gives several values.
        several: bool,
        /// What is wrong.
        error: syn::Error,
    },
}

/// One network.
pub struct Network {
    /// Docs, derives and whatever else is passed through.
    pub attrs: Vec<Attribute>,
    /// `#[budget(…)]`.
    pub budget: Vec<Limit>,
    /// `#[weights(…)]`.
    pub weights: Option<Weights>,
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
    /// What was wrong with parts that are therefore left out.
    pub errors: Vec<syn::Error>,
}

/// One shape, or several with names.
pub enum Ports {
    /// `[784]`.
    One(ShapeExpr),
    /// `(image: [784], age: [1])`.
    Named(Vec<(Ident, ShapeExpr)>),
}

impl Parse for Networks {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (mut list, mut errors) = (Vec::new(), Vec::new());
        while !input.is_empty() {
            if input.peek(Token![;]) || input.peek(Token![,]) {
                let help = format!(
                    "remove the `{}`",
                    input.cursor().token_tree().map_or_else(String::new, |(token, _)| token.to_string())
                );
                errors.push(error(input.span(), "networks follow each other with nothing between them", help));
                input.parse::<TokenTree>()?;
                continue;
            }
            match item(input) {
                Ok(item) => list.push(item),
                Err(error) => {
                    errors.push(error);
                    skip_network(input)?;
                }
            }
        }
        if list.is_empty() && errors.is_empty() {
            let help = "write `struct Digits: [784] -> [10] { logits: Dense(10) }`";
            errors.push(error(Span::call_site(), "there is no network in this call", help));
        }
        Ok(Self { list, errors })
    }
}

/// Attributes that stand in another place: what is said, and where they stand.
const ELSEWHERE: [(&str, &str, &str); 4] = [
    (
        "frozen",
        "a network is not frozen where it is declared",
        "write it before the line where the network stands: `#[frozen] body: Body`",
    ),
    ("lora", "adapters stand before lines", "write `#[lora(rank = 8)]` before a `Dense` or `Conv2d` line"),
    ("name", "names in files stand before lines", "write `#[name = \"…\"]` before a line"),
    (
        "cfg",
        "a network is many items, and `#[cfg]` would remove one",
        "write it before the call: `#[cfg(…)] network! { … }`",
    ),
];

/// Whether it is `#[derive(…, Default, …)]`.
fn is_derive_of_default(attr: &Attribute) -> bool {
    let mut found = false;
    if attr.path().is_ident("derive") {
        let _ = attr.parse_nested_meta(|meta| {
            found |= meta.path.is_ident("Default");
            Ok(())
        });
    }
    found
}

/// Goes on behind the next braces. Gives whether there were parentheses before them.
fn skip_network(input: ParseStream<'_>) -> syn::Result<bool> {
    let mut parentheses = false;
    while !input.is_empty() {
        if let TokenTree::Group(group) = input.parse::<TokenTree>()? {
            parentheses |= group.delimiter() == Delimiter::Parenthesis;
            if group.delimiter() == Delimiter::Brace {
                break;
            }
        }
    }
    Ok(parentheses)
}

fn item(input: ParseStream<'_>) -> syn::Result<Item> {
    let (mut attrs, mut budget, mut weights, mut errors) = (Vec::new(), Vec::new(), None, Vec::new());
    for attr in input.call(Attribute::parse_outer)? {
        if attr.path().is_ident("budget") {
            let (found, wrong) = limits(&attr);
            budget.extend(found);
            errors.extend(wrong);
        } else if attr.path().is_ident("weights") {
            match super::weights::weights(&attr) {
                Ok(_) if weights.is_some() => {
                    let help = "write one: the file has all weights, or those of a nested network stand at that one";
                    errors.push(error(attr.path().span(), "a network has the weights of one file", help));
                }
                Ok(file) => weights = Some(file),
                Err(error) => errors.push(error),
            }
        } else {
            let name = attr.path().get_ident().map_or_else(String::new, ToString::to_string);
            if let Some((_, message, help)) = ELSEWHERE.iter().find(|(known, ..)| name == *known) {
                errors.push(error(attr.path().span(), message, help));
            } else if is_derive_of_default(&attr) {
                let help = "remove it: weights begin as `Net::default()` or `Net::seeded(1)` makes them";
                errors.push(error(attr.path().span(), "a network has `Default` already", help));
            } else if let Some(meant) = closest(&name, ["budget", "weights"]) {
                errors.push(error(
                    attr.path().span(),
                    format!("a network has no attribute `{name}`"),
                    format!("did you mean `{meant}`?"),
                ));
            } else {
                attrs.push(attr);
            }
        }
    }
    let vis: Visibility = input.parse()?;
    if !input.peek(Token![struct]) {
        let help = "write `struct Digits: [784] -> [10] { … }`; several networks follow each other without `,` or `;`";
        return Err(error(input.span(), "expected `struct` and the name of a network", help));
    }
    input.parse::<Token![struct]>()?;
    let name: Ident = input.parse()?;
    let ahead = input.fork();
    match head(&ahead, &name) {
        Ok((from, to, content)) => {
            input.advance_to(&ahead);
            let lines = (|input: ParseStream<'_>| parse_lines(input, &mut errors)).parse2(content)?;
            Ok(Item::Network(Network { attrs, budget, weights, vis, name, input: from, output: to, lines, errors }))
        }
        Err(error) => {
            let several = skip_network(input)?;
            Ok(Item::Headless { vis, name, several, error })
        }
    }
}

/// `: [in] -> [out] { lines }`.
fn head(input: ParseStream<'_>, name: &Ident) -> syn::Result<(Ports, Ports, TokenStream)> {
    if input.peek(Token![<]) {
        let help = "use const items for sizes that change together: `const WIDTH: usize = 128;`";
        let message = format!("`{name}` has type parameters, but the sizes of a network are numbers");
        return Err(error(input.span(), message, help));
    }
    let example = format!("write `struct {name}: [784] -> [10] {{ … }}`");
    if !input.peek(Token![:]) {
        let message = format!("expected `:` and the shapes of what `{name}` takes and gives");
        return Err(error(input.span(), message, example));
    }
    input.parse::<Token![:]>()?;
    let from = input.parse()?;
    if !input.peek(Token![->]) {
        let message = format!("expected `->` and the shape of what `{name}` gives");
        return Err(error(input.span(), message, example));
    }
    input.parse::<Token![->]>()?;
    let to = input.parse()?;
    if !input.peek(token::Brace) {
        return Err(error(input.span(), format!("expected the lines of `{name}` in braces"), example));
    }
    let content;
    braced!(content in input);
    Ok((from, to, content.parse()?))
}

impl Parse for Ports {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(token::Paren) {
            return Ok(Self::One(input.parse()?));
        }
        let content;
        let paren = parenthesized!(content in input);
        let mut ports: Vec<(Ident, ShapeExpr)> = Vec::new();
        while !content.is_empty() {
            if !content.peek(Ident) {
                let help = "write `[784]` for one value, `(image: [784], age: [1])` for several";
                return Err(error(content.span(), "a shape stands in brackets, not in parentheses", help));
            }
            let name: Ident = content.parse()?;
            if !content.peek(Token![:]) {
                let help = format!("write `{name}: [784]`");
                return Err(error(name.span(), format!("`{name}` has no shape"), help));
            }
            content.parse::<Token![:]>()?;
            if ports.iter().any(|(known, _)| *known == name) {
                let help = "each value has a name of its own";
                return Err(error(name.span(), format!("two values are called `{name}`"), help));
            }
            ports.push((name, content.parse::<ShapeExpr>()?));
            if !content.is_empty() {
                content.parse::<Token![,]>()?;
            }
        }
        if ports.len() < 2 {
            let help = "write the shape alone, such as `[784]`";
            return Err(error(paren.span.join(), "names are for several values", help));
        }
        if ports.len() > 8 {
            return Err(syn::Error::new(paren.span.join(), "a network takes or gives at most 8 values"));
        }
        Ok(Self::Named(ports))
    }
}
