//! `name: layer + Activation from source`.

use super::{Call, LayerExpr};
use quote::format_ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative;
use syn::spanned::Spanned;
use syn::{Attribute, Ident, Token, parenthesized, token};

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

impl Line {
    /// A line that has not been parsed.
    fn unparsed(number: usize) -> Self {
        let name = format_ident!("line_{number}");
        Self { attrs: Vec::new(), name, layer: LayerExpr::Unparsed, activations: Vec::new(), from: None }
    }

    fn fill(&mut self, input: ParseStream<'_>, errors: &mut Vec<syn::Error>) -> syn::Result<()> {
        self.attrs = input.call(Attribute::parse_outer)?;
        if let (Some(attr), true) = (self.attrs.last(), input.is_empty()) {
            let help = "move it above its line; a remark behind a line begins with `//`";
            return Err(error(attr.span(), "this stands behind the last line, and before none", help));
        }
        needless_words(input, errors)?;
        let first = name(input, errors)?;
        if is_layer(&first, input) {
            let example = first.to_string().to_lowercase();
            let rest = match () {
                () if input.peek(token::Paren) => "(…)",
                () if input.peek(token::Brace) => " { … }",
                () => "",
            };
            let help = format!("write `{example}: {first}{rest}`: the name becomes a field of the struct");
            return Err(error(first.span(), "a line begins with a name", help));
        }
        self.name = first;
        let name = &self.name;
        if input.peek(Token![:]) && !input.peek(Token![::]) {
            input.parse::<Token![:]>()?;
        } else if input.peek(Token![=]) {
            errors.push(error(
                input.span(),
                "a line has `:` between its name and its layer",
                format!("write `{name}: …`"),
            ));
            input.parse::<Token![=]>()?;
        } else if input.is_empty() || input.peek(Token![,]) {
            let help = format!("write `{name}: Dense(128)`");
            return Err(error(name.span(), format!("`{name}` has no layer"), help));
        } else {
            let help = format!("write `{name}: …`");
            errors.push(error(input.span(), format!("expected `:` between `{name}` and its layer"), help));
        }
        self.layer = LayerExpr::parse(input, name, errors)?;
        self.activations(input)?;
        if peek_word(input, "from") {
            self.from = Some(sources(input)?);
            if input.peek(Token![+]) {
                let help = "write the activation first: `Dense(10) + Relu from stem`";
                errors.push(error(input.span(), "`from` stands at the end of a line", help));
                self.activations(input)?;
            }
        }
        Ok(())
    }

    fn activations(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        while input.peek(Token![+]) {
            input.parse::<Token![+]>()?;
            if !input.peek(Ident) {
                return Err(syn::Error::new(input.span(), "expected an activation after `+`, such as `+ Relu`"));
            }
            self.activations.push(input.parse()?);
        }
        Ok(())
    }
}

/// The lines between braces, separated by commas. A line that cannot be parsed keeps its name, and its mistake is kept, so that
/// all are told and none of their echoes.
pub fn parse_lines(input: ParseStream<'_>, errors: &mut Vec<syn::Error>) -> syn::Result<Vec<Line>> {
    let mut lines: Vec<Line> = Vec::new();
    while !input.is_empty() {
        if let Some(line) = lines.last_mut()
            && more_sources(input, line, errors)?
        {
            continue;
        }
        let mut line = Line::unparsed(lines.len());
        // What is left unread in brackets after a mistake must not count as unexpected later: a fork forgets it.
        let ahead = input.fork();
        match line.fill(&ahead, errors) {
            Ok(()) => {
                input.advance_to(&ahead);
                separator(input, &line.name, errors)?;
            }
            Err(error) => {
                errors.push(error);
                skip_line(input)?;
            }
        }
        lines.push(line);
    }
    Ok(lines)
}

/// `from left, right`: several names without parentheses, of which the first is read already. Gives whether there was one more.
fn more_sources(input: ParseStream<'_>, line: &mut Line, errors: &mut Vec<syn::Error>) -> syn::Result<bool> {
    let ahead = input.fork();
    let (Some(sources), Ok(name)) = (&mut line.from, ahead.parse::<Ident>()) else { return Ok(false) };
    if !ahead.is_empty() && !ahead.peek(Token![,]) {
        return Ok(false);
    }
    if let [first] = sources.as_slice() {
        let message = "several names behind `from` stand in parentheses";
        errors.push(error(name.span(), message, format!("write `from ({first}, {name})`")));
    }
    sources.push(name);
    input.advance_to(&ahead);
    if !input.is_empty() {
        input.parse::<Token![,]>()?;
    }
    Ok(true)
}

/// The comma between lines, or what stands in its place.
fn separator(input: ParseStream<'_>, line: &Ident, errors: &mut Vec<syn::Error>) -> syn::Result<()> {
    if input.peek(Token![,]) {
        input.parse::<Token![,]>()?;
    } else if starts_line(input) {
        let next = input.fork().call(Ident::parse_any)?;
        errors.push(syn::Error::new(next.span(), format!("expected `,` between the lines `{line}` and `{next}`")));
    } else if input.peek(Token![;]) {
        errors.push(error(input.span(), "lines end with `,`, not with `;`", "write `,`"));
        input.parse::<Token![;]>()?;
    } else if !input.is_empty() {
        let help = "behind a layer can stand `+ Activation` and `from name`";
        errors.push(error(input.span(), format!("expected `,` after the line `{line}`"), help));
        rest(input)?;
    }
    Ok(())
}

/// Leaves a line that could not be parsed.
fn skip_line(input: ParseStream<'_>) -> syn::Result<()> {
    input.call(Attribute::parse_outer)?;
    if starts_line(input) {
        input.call(Ident::parse_any)?;
        input.parse::<Token![:]>()?;
    }
    rest(input)
}

/// Goes on behind the next comma, or before what looks like the next line.
fn rest(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) && !input.peek(Token![;]) && !starts_line(input) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    if !input.is_empty() && !starts_line(input) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

fn starts_line(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any) && input.peek2(Token![:]) && !input.peek2(Token![::])
}

/// A mistake with what to write instead.
pub fn error(span: proc_macro2::Span, message: impl std::fmt::Display, help: impl std::fmt::Display) -> syn::Error {
    syn::Error::new(span, format!("{message}\n\nhelp: {help}"))
}

/// Words that Rust has before fields and variables.
fn needless_words(input: ParseStream<'_>, errors: &mut Vec<syn::Error>) -> syn::Result<()> {
    if input.peek(Token![pub]) {
        let vis: syn::Visibility = input.parse()?;
        errors.push(error(vis.span(), "the fields of a network are public already", "remove `pub`"));
    }
    if input.peek(Token![let]) && input.peek2(Ident) {
        let word = input.parse::<Token![let]>()?;
        errors.push(error(word.span(), "a line has no `let`", "write `name: Dense(128)`"));
    }
    Ok(())
}

/// Whether a layer stands where a name should, as in `Sequential` of other libraries: a word in capitals with what follows a layer.
fn is_layer(word: &Ident, input: ParseStream<'_>) -> bool {
    let follows = input.is_empty()
        || input.peek(Token![,])
        || input.peek(Token![+])
        || input.peek(token::Paren)
        || input.peek(token::Brace);
    follows && word.to_string().starts_with(|letter: char| letter.is_uppercase())
}

fn name(input: ParseStream<'_>, errors: &mut Vec<syn::Error>) -> syn::Result<Ident> {
    if input.peek(Ident) {
        return input.parse();
    }
    let Ok(word) = input.fork().call(Ident::parse_any) else {
        return Err(syn::Error::new(input.span(), "expected the name of a line, such as `hidden: Dense(128)`"));
    };
    input.call(Ident::parse_any)?;
    let message = format!("`{word}` is a keyword of Rust and cannot be the name of a line");
    errors.push(error(word.span(), message, "choose another name: it becomes a field of the struct"));
    Ok(format_ident!("{word}_", span = word.span()))
}

/// Whether the next token is this word.
pub fn peek_word(input: ParseStream<'_>, word: &str) -> bool {
    input.fork().parse::<Ident>().is_ok_and(|ident| ident == word)
}

fn sources(input: ParseStream<'_>) -> syn::Result<Vec<Source>> {
    let word: Ident = input.parse()?;
    if input.peek(token::Paren) {
        let content;
        let paren = parenthesized!(content in input);
        let names = content.parse_terminated(source, Token![,])?;
        if names.is_empty() {
            return Err(nothing_taken(paren.span.join()));
        }
        return Ok(names.into_iter().collect());
    }
    if input.is_empty() || input.peek(Token![,]) {
        return Err(nothing_taken(word.span()));
    }
    Ok(vec![source(input)?])
}

fn source(input: ParseStream<'_>) -> syn::Result<Source> {
    if input.peek(Ident) { input.parse() } else { Err(nothing_taken(input.span())) }
}

fn nothing_taken(span: proc_macro2::Span) -> syn::Error {
    error(span, "expected the names of lines after `from`", "write `from stem`, or `from (body, shortcut)`")
}
