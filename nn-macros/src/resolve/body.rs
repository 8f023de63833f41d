//! Lines in braces: `Residual { … }`, `Sequential { … }` and arrays of them. The lines become a network of their own.

use super::builder::{Builder, Layer};
use super::edges::{Edge, check};
use super::{outputs, resolve_lines, type_name};
use crate::kinds::Plan;
use crate::model::{Mirror, Model, Op, Order, Port, Remake, Shape, ValueId};
use crate::report::{Place, Report};
use crate::syntax::{Body, Dim};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use std::rc::Rc;
use syn::{Expr, Ident};

impl Builder<'_, '_> {
    /// The body of a line.
    pub fn body(&mut self, body: Body) -> Layer {
        let residual = body.is_residual();
        let Body { word, lines, count } = body;
        // What is added to the input, or repeated, gives what it takes: values.
        let input = match residual || count.is_some() {
            true => self.values(&word.to_string(), &word),
            false => self.one(&word.to_string(), &word),
        };
        let layer = |kind: &str, gives: Shape, op: Op| Layer {
            kind: kind.to_owned(),
            plan: Plan { takes: vec![input.clone()], gives, op },
        };
        let kind = word.to_string();
        // What a residual gives is known even after a mistake in it.
        let known = |gives: Shape| if residual { input.clone() } else { gives };
        if lines.is_empty() {
            let what = format!("is a {} without lines", kind.to_lowercase());
            self.error(&word, what, format!("write `{}: {kind} {{ fc: Dense(128) }}`", self.line));
            return layer(&kind, known(Shape::Unknown), Op::Broken);
        }
        let repeated = count.as_ref().map(|count| self.count(&kind, count));
        if let Some(None) = repeated {
            return layer(&kind, input.clone(), Op::Broken);
        }
        let count = repeated.flatten();
        let tied = residual || count.is_some();
        let Some(name) = type_name(self.model, self.line, self.scope.siblings, self.report) else {
            return layer(&kind, known(Shape::Unknown), Op::Broken);
        };
        let name = Ident::new(&name.to_string(), self.line.span());
        let gives = self.network_of_lines(&name, &input, lines, tied, count.is_some() && !residual);
        let kind = count.as_ref().map_or(kind.clone(), |count| format!("[{kind}; {count}]"));
        if input.is_unknown() || gives.is_unknown() {
            return layer(&kind, known(gives), Op::Broken);
        }
        // A body over images stands in the order that the lines around it want.
        let order = match (input.is_image() && gives.is_image(), tied) {
            (false, _) => Order::Fixed,
            (true, true) => Order::Same(reordered(name.clone(), residual, count.clone())),
            (true, false) => Order::Any(reordered(name.clone(), residual, count.clone())),
        };
        let ty = dressed(&name.to_token_stream(), residual, count.as_ref());
        let new = match count {
            Some(_) => quote!(::core::array::from_fn(|_| ::core::default::Default::default())),
            None => quote!(::core::default::Default::default()),
        };
        layer(&kind, known(gives), Op::Layer { ty, new, mirror: Mirror::Own, recast: false, order })
    }

    /// How often something is repeated; none after a mistake.
    pub fn count(&mut self, repeated: &str, count: &Expr) -> Option<Dim> {
        let written = Dim::of_expr(count);
        if written.value == Some(0) || !written.may_be_size() {
            self.error(count, format!("repeats `{repeated}` {written} times"), "write at least 1, or remove the line");
            return None;
        }
        let constant = format!("{}_COUNT", crate::names::constant(&self.line.to_string()));
        let dim = self.model.named_size(&constant, Dim::of_expr(count));
        Some(dim)
    }

    /// Adds the body, a network of the lines. Gives the shape that its last line gives.
    fn network_of_lines(
        &mut self,
        name: &Ident,
        input: &Shape,
        lines: Vec<crate::syntax::Line>,
        tied: bool,
        repeated: bool,
    ) -> Shape {
        let title = format!("{}, body of `{}`", self.model.title, self.line);
        let mut body = Model::new(name.clone(), self.model.vis.clone(), title);
        body.inputs = vec![Port::new(None, input.clone())];
        body.sizes_type = self.model.sizes_type.clone();
        body.sizes = std::mem::take(&mut self.model.sizes);
        let doc = format!(" The body of `{}` in [`{}`].", self.line, self.model.name);
        body.attrs.push(syn::parse_quote!(#[doc = #doc]));
        // What is derived for the network needs it of its fields.
        body.attrs.extend(self.model.attrs.iter().filter(|attr| attr.path().is_ident("derive")).cloned());
        let mut scope = self.scope.inside(&body);
        resolve_lines(lines, &mut body, &mut scope, self.report);
        let gives = match scope.above {
            Some(value @ ValueId::Node(_)) => body.shape(value).clone(),
            _ => Shape::Unknown,
        };
        body.outputs = vec![Port::new(None, if tied { input.clone() } else { gives.clone() })];
        body.image = input.is_image() && body.outputs[0].shape.is_image();
        outputs::resolve_body(&mut body, &scope, self.report);
        if tied {
            let subject = if repeated { "body" } else { "residual" };
            gives_what_it_takes(&mut body, &gives, (subject, self.line), &self.model.title, self.report);
        }
        self.model.sizes = std::mem::take(&mut body.sizes);
        self.model.bodies.push(body);
        gives
    }
}

/// The type of the line from that of its body.
fn dressed(body: &TokenStream, residual: bool, count: Option<&Dim>) -> TokenStream {
    let one = if residual { quote!(::nn::layers::Residual<#body>) } else { body.clone() };
    match count {
        Some(Dim { tokens: count, .. }) => quote!([#one; #count]),
        None => one,
    }
}

/// Makes the type of the line for other orders of images.
fn reordered(body: Ident, residual: bool, count: Option<Dim>) -> Remake {
    Rc::new(move |from, to| dressed(&quote!(::nn::layers::Reordered<#body, #from, #to>), residual, count.as_ref()))
}

/// Checks that the body gives what it takes: `subject` is the word for it and the name of its line.
fn gives_what_it_takes(body: &mut Model, gives: &Shape, subject: (&str, &Ident), title: &str, report: &mut Report) {
    let Some(Some(ValueId::Node(node))) = body.results.first().copied() else { return };
    let (takes, last, (subject, line)) = (body.outputs[0].shape.clone(), body.nodes[node].line.clone(), subject);
    let why = match subject {
        "residual" => "a residual adds what its body gives to what it takes",
        _ => "what is repeated gives what it takes",
    };
    let help = match &takes {
        Shape::Dims { dims, .. } if dims.len() == 1 && body.nodes[node].kind.starts_with("Dense") => {
            format!("write `{last}: Dense({})`: {why}", dims[0])
        }
        _ => format!("make both the same: {why}"),
    };
    let (taker, giver) = (format!("{subject} `{line}` takes"), format!("its last line `{last}` gives"));
    let edge = Edge { taker: &taker, takes: &takes, giver: &giver, gives, place: last.range(), help: &help };
    check(&edge, title, body, report);
}
