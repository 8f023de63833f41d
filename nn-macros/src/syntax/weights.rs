//! `#[weights("digits.safetensors", strip_prefix("model."), embed)]`.

use super::line::error;
use crate::names::closest;
use nn_spec::rename::{Flaw, Rule};
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
const WORDS: [&str; 7] = ["strip_prefix", "add_prefix", "pair", "pattern", "regex", "leave_out", "embed"];

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
    let two = matches!(name.as_str(), "pair" | "pattern" | "regex");
    let (mut list, mut place) = (Punctuated::<LitStr, Token![,]>::new(), Span::call_site());
    if input.peek(syn::token::Paren) {
        let content;
        place = parenthesized!(content in input).span.join();
        list = content.parse_terminated(|input| input.parse(), Token![,])?;
    }
    let texts: Vec<String> = list.iter().map(LitStr::value).collect();
    let rule = match (name.as_str(), texts.as_slice()) {
        ("strip_prefix", [prefix]) => Rule::Strip(prefix.clone()),
        ("add_prefix", [prefix]) => Rule::Add(prefix.clone()),
        ("leave_out", [pattern]) => Rule::LeaveOut(pattern.clone()),
        ("pair", [from, to]) => Rule::Pair(from.clone(), to.clone()),
        ("pattern", [from, to]) => Rule::Pattern(from.clone(), to.clone()),
        ("regex", [from, to]) => Rule::Regex(from.clone(), to.clone()),
        _ => {
            let arguments = if two { "(\"old\", \"new\")" } else { "(\"model.\")" };
            return Err(error(
                word.span(),
                format!("`{word}` has {} in parentheses", if two { "two strings" } else { "a string" }),
                format!("write `{word}{arguments}`"),
            ));
        }
    };
    match rule.check() {
        Ok(()) => Ok(rule),
        Err(Flaw { text, problem, help }) => {
            let text = text.and_then(|text| list.get(text));
            Err(error(text.map_or(place, LitStr::span), problem, help))
        }
    }
}
