//! Numbers that are arguments, and which of them make sense.

use super::args::float;
use crate::model::Model;
use crate::report::{Range, Report};
use crate::syntax::tidy;
use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, Ident};

/// An argument that is written as a number, or as something that the compiler computes.
pub struct Argument<'a> {
    /// The kind of the layer or the activation.
    pub kind: &'a str,
    /// The name of the argument.
    pub name: &'a str,
    /// What is written.
    pub expr: &'a Expr,
    /// The line.
    pub line: &'a Ident,
}

impl Argument<'_> {
    /// The number as an `f32` expression, if it lies in `interval`. Where it is no literal, the compiler checks that.
    pub fn number(&self, interval: &Interval, model: &mut Model, report: &mut Report) -> Option<TokenStream> {
        let Argument { kind, name, expr, line } = self;
        let subject = format!("{}: layer `{line}`: `{name}` of `{kind}` is ", model.title);
        let place = Range::of(expr);
        if let Some(value) = float(expr) {
            if !interval.contains(value) {
                let message = format!("{subject}{value}, but must be {interval}");
                report.error_help(&place, message, (interval.help)(value));
                return None;
            }
            return Some(Literal::f32_unsuffixed(value.abs()).to_token_stream())
                .map(|literal| if value.is_sign_negative() { quote!(-#literal) } else { literal });
        }
        let constant = format!("{}_{}", crate::names::constant(&line.to_string()), name.to_uppercase());
        let (tokens, known) = (expr.to_token_stream(), model.sizes.len());
        let value = model.named_constant(&constant, "f32", tokens.clone(), &tidy(&tokens));
        if model.sizes.len() > known && !interval.is_all() {
            let (from, above, to, below) = (interval.from, interval.above, interval.to, interval.below);
            let rule = format!(", but must be {interval}");
            model.check(&place, "check_range", quote!(#subject, #value, (#from, #above), (#to, #below), #rule));
        }
        Some(value)
    }
}

/// The numbers that an argument can be.
pub struct Interval {
    /// The least.
    pub from: f32,
    /// Whether it must be more than that.
    pub above: bool,
    /// The greatest.
    pub to: f32,
    /// Whether it must be less than that.
    pub below: bool,
    /// What to write instead of a number outside.
    pub help: fn(f32) -> String,
}

impl Interval {
    /// Any number.
    pub const ANY: Self = Self { from: f32::MIN, above: false, to: f32::MAX, below: false, help: |_| String::new() };

    fn is_all(&self) -> bool {
        self.from == f32::MIN && self.to == f32::MAX
    }

    fn contains(&self, value: f32) -> bool {
        let low = if self.above { value > self.from } else { value >= self.from };
        let high = if self.below { value < self.to } else { value <= self.to };
        low && high
    }
}

impl std::fmt::Display for Interval {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let low = if self.above { format!("more than {}", self.from) } else { format!("at least {}", self.from) };
        let high = if self.below { format!("less than {}", self.to) } else { format!("at most {}", self.to) };
        match (self.from == f32::MIN, self.to == f32::MAX) {
            (true, true) => f.write_str("a number"),
            (true, false) => f.write_str(&high),
            (false, true) => f.write_str(&low),
            (false, false) => write!(f, "{low} and {high}"),
        }
    }
}
