//! `#[weights("digits.safetensors", strip_prefix("model."), embed)]`.

use super::line::error;
use crate::names::closest;
use nn_spec::rename::Rule;
use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Ident, LitStr, Meta, Token, parenthesized};

/// The file with pretrained weights of a network.
pub struct Weights {
    /// As it is written.
    pub file: LitStr,
    /// What changes names of the file into names of the network, in this order.
    pub rules: Vec<Rule>,
    /// Whether the file becomes a part of the program.
    pub embed: bool,
}

const EXAMPLE: &str = "write `#[weights(\"digits.safetensors\")]`";

/// The words that can follow the file.
const WORDS: [&str; 6] = ["strip_prefix", "add_prefix", "pair", "pattern", "leave_out", "embed"];

/// The contents of `#[weights(…)]`.
pub fn weights(attr: &Attribute) -> syn::Result<Weights> {
    match &attr.meta {
        Meta::List(list) => list.parse_args(),
        _ => Err(syn::Error::new_spanned(attr, format!("`weights` names a file in parentheses\n\nhelp: {EXAMPLE}"))),
    }
}

impl Parse for Weights {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(LitStr) {
            return Err(error(input.span(), "expected the name of a safetensors file, a string", EXAMPLE));
        }
        let mut weights = Self { file: input.parse()?, rules: Vec::new(), embed: false };
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let word: Ident = input.parse()?;
            if word == "embed" {
                weights.embed = true;
            } else {
                weights.rules.push(rule(&word, input)?);
            }
        }
        Ok(weights)
    }
}

fn rule(word: &Ident, input: ParseStream<'_>) -> syn::Result<Rule> {
    let name = word.to_string();
    if !WORDS.contains(&name.as_str()) {
        let help = match closest(&name, WORDS) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("there are {}", WORDS.join(", ")),
        };
        return Err(error(word.span(), format!("`weights` knows no `{word}`"), help));
    }
    let two = matches!(name.as_str(), "pair" | "pattern");
    let (mut texts, mut place) = (Vec::new(), Span::call_site());
    if input.peek(syn::token::Paren) {
        let content;
        place = parenthesized!(content in input).span.join();
        let list: Punctuated<LitStr, Token![,]> = content.parse_terminated(|input| input.parse(), Token![,])?;
        texts = list.into_iter().map(|text| text.value()).collect();
    }
    match (name.as_str(), texts.as_slice()) {
        ("strip_prefix", [prefix]) => Ok(Rule::Strip(prefix.clone())),
        ("add_prefix", [prefix]) => Ok(Rule::Add(prefix.clone())),
        ("leave_out", [pattern]) => Ok(Rule::LeaveOut(pattern.clone())),
        ("pair", [from, to]) => Ok(Rule::Pair(from.clone(), to.clone())),
        ("pattern", [from, to]) if from.matches('*').count() == to.matches('*').count() => {
            Ok(Rule::Pattern(from.clone(), to.clone()))
        }
        ("pattern", [from, to]) => {
            let message = format!("`{from}` and `{to}` do not have the same number of `*`");
            Err(error(place, message, "each `*` of the new name takes the text of one in the old name"))
        }
        _ => {
            let arguments = if two { "(\"old\", \"new\")" } else { "(\"model.\")" };
            Err(error(
                word.span(),
                format!("`{word}` has {} in parentheses", if two { "two strings" } else { "a string" }),
                format!("write `{word}{arguments}`"),
            ))
        }
    }
}
