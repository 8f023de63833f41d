//! `#[budget(params <= 120_000, flops <= 2e6, workspace <= 64 KiB)]`.

use super::line::error;
use crate::names::closest;
use proc_macro2::{Span, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, Lit, LitFloat, LitInt, Meta, Token};

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

const BUDGET: &str = "write `#[budget(params <= 120_000, flops <= 2e6, workspace <= 64 KiB)]`, or some of it";

const WHOLE: &str = "a limit is a whole number, such as `120_000` or `2e6`";

/// The limits of `#[budget(…)]`, and what is wrong with others.
pub fn limits(attr: &Attribute) -> (Vec<Limit>, Vec<syn::Error>) {
    let Meta::List(list) = &attr.meta else {
        let error = syn::Error::new_spanned(attr, format!("a budget has limits in parentheses\n\nhelp: {BUDGET}"));
        return (Vec::new(), vec![error]);
    };
    let (mut limits, mut errors) = (Vec::new(), Vec::new());
    let parsed = list.parse_args_with(|input: ParseStream<'_>| {
        while !input.is_empty() {
            match input.parse() {
                Ok(limit) => limits.push(limit),
                Err(error) => {
                    errors.push(error);
                    while !input.is_empty() && !input.peek(Token![,]) {
                        input.parse::<TokenTree>()?;
                    }
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    });
    errors.extend(parsed.err());
    (limits, errors)
}

impl Parse for Limit {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(Ident) {
            return Err(error(input.span(), "expected what the budget limits", BUDGET));
        }
        let word: Ident = input.parse()?;
        let quantity = match word.to_string().as_str() {
            "params" => Quantity::Params,
            "flops" => Quantity::Flops,
            "workspace" => Quantity::Workspace,
            other => {
                let help = match closest(other, ["params", "flops", "workspace"]) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => BUDGET.to_owned(),
                };
                return Err(error(word.span(), format!("a budget cannot limit `{other}`"), help));
            }
        };
        if !input.peek(Token![<=]) {
            let ahead = input.fork();
            while !ahead.is_empty() && !ahead.peek(Lit) && !ahead.peek(Token![,]) {
                ahead.parse::<TokenTree>()?;
            }
            let number = ahead
                .parse::<Lit>()
                .map_or_else(|_| "120_000".to_owned(), |number| number.to_token_stream().to_string());
            let help = format!("write `{word} <= {number}`");
            return Err(error(input.span(), format!("expected `<=` after `{word}`"), help));
        }
        input.parse::<Token![<=]>()?;
        let span = input.span();
        // The unit may stand behind a space or without one.
        let (number, suffix) = if input.peek(LitInt) {
            let int = input.parse::<LitInt>()?;
            (int.base10_parse().map_err(|_| syn::Error::new(span, WHOLE))?, int.suffix().to_owned())
        } else if input.peek(LitFloat) {
            let float = input.parse::<LitFloat>()?;
            (whole(&float)?, float.suffix().to_owned())
        } else {
            return Err(syn::Error::new(span, WHOLE));
        };
        let word_after = (suffix.is_empty() && input.peek(Ident)).then(|| input.parse::<Ident>()).transpose()?;
        let plain = matches!(&*suffix, "" | "u32" | "u64" | "usize" | "i32" | "i64" | "f32" | "f64");
        let unit = if plain { word_after.as_ref().map(ToString::to_string) } else { Some(suffix) };
        let factor = match unit.as_deref() {
            None => 1,
            Some(unit) if quantity != Quantity::Workspace => {
                let message = format!("`{word}` is a plain number and takes no unit such as `{unit}`");
                return Err(syn::Error::new(span, message));
            }
            Some("B") => 1,
            Some("KiB") => 1 << 10,
            Some("MiB") => 1 << 20,
            Some("GiB") => 1 << 30,
            Some(other) => {
                let place = word_after.as_ref().map_or(span, Ident::span);
                return Err(error(place, format!("unknown unit `{other}`"), "write `B`, `KiB`, `MiB` or `GiB`"));
            }
        };
        Ok(Self { word, quantity, most: u64::saturating_mul(number, factor), span })
    }
}

fn whole(float: &LitFloat) -> syn::Result<u64> {
    let value: f64 = float.base10_parse()?;
    if value < 0.0 || value.fract() != 0.0 || value > 1e18 {
        return Err(syn::Error::new_spanned(float, WHOLE));
    }
    Ok(value as u64)
}
