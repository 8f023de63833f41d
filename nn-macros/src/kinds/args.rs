//! Matches the arguments that are written with those that a kind takes.

use crate::names::closest;
use crate::report::Report;
use crate::syntax::{Arg, Args, Dim, ShapeExpr, Value};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, ExprLit, ExprUnary, Lit, UnOp};

/// An argument that a kind takes.
#[derive(Clone, Copy)]
pub struct Param {
    /// The name.
    pub name: &'static str,
    /// What it can be.
    pub form: Form,
    /// Whether it may be left out.
    pub optional: bool,
}

/// What an argument can be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A size, or `in -> out`.
    Sizes,
    /// A number with a point.
    Float,
    /// `true` or `false`.
    Bool,
    /// `[16, 7, 7]`.
    Shape,
}

impl Param {
    /// An argument that must be written.
    pub const fn required(name: &'static str, form: Form) -> Self {
        Self { name, form, optional: false }
    }

    /// An argument that may be left out.
    pub const fn optional(name: &'static str, form: Form) -> Self {
        Self { name, form, optional: true }
    }
}

/// The arguments of one line, by name.
pub struct Resolved<'a> {
    values: Vec<(&'static str, &'a Value)>,
}

impl<'a> Resolved<'a> {
    /// Matches `args` with `params`; `None` after a mistake.
    pub fn new(
        kind: &str,
        span: Span,
        params: &'static [Param],
        args: Option<&'a Args>,
        report: &mut Report,
    ) -> Option<Self> {
        let mut values: Vec<(&'static str, &'a Value)> = Vec::new();
        let mut fine = true;
        let mut positional = params.iter();
        for Arg { name, value } in args.map_or(&[][..], |args| &args.list) {
            let param = match name {
                None => positional.next(),
                Some(name) => params.iter().find(|param| name == param.name),
            };
            let Some(param) = param else {
                fine = false;
                match name {
                    Some(name) => unknown(kind, name, params, report),
                    None => report.error_help(
                        &value.span(),
                        format!("`{kind}` takes {}", count(params)),
                        usage(kind, params),
                    ),
                }
                continue;
            };
            if values.iter().any(|(name, _)| *name == param.name) {
                report.error(&value.span(), format!("`{}` is given twice", param.name));
                fine = false;
            } else if !param.form.fits(value) {
                report.error_help(
                    &value.span(),
                    format!("`{}` of `{kind}` is {}", param.name, param.form),
                    usage(kind, params),
                );
                fine = false;
            } else {
                values.push((param.name, value));
            }
        }
        for param in params {
            if fine && !param.optional && !values.iter().any(|(name, _)| *name == param.name) {
                report.error_help(&span, format!("`{kind}` needs `{}`", param.name), usage(kind, params));
                fine = false;
            }
        }
        fine.then_some(Self { values })
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.values.iter().find(|(found, _)| *found == name).map(|(_, value)| *value)
    }

    /// Where an argument stands.
    pub fn span(&self, name: &str) -> Option<Span> {
        self.get(name).map(Value::span)
    }

    /// A size, or the right side of `in -> out`.
    pub fn size(&self, name: &str) -> Option<Dim> {
        match self.get(name)? {
            Value::Arrow(_, right) => Some(Dim::of_expr(right)),
            value => value.dim(),
        }
    }

    /// The left side of `in -> out`.
    pub fn left(&self, name: &str) -> Option<Dim> {
        match self.get(name)? {
            Value::Arrow(left, _) => Some(Dim::of_expr(left)),
            _ => None,
        }
    }

    /// A float expression as `f32`, or the default.
    pub fn float(&self, name: &str) -> Option<TokenStream> {
        let Value::Expr(expr) = self.get(name)? else { return None };
        Some(match float(expr) {
            Some(value) => {
                let literal = proc_macro2::Literal::f32_unsuffixed(value);
                quote!(#literal)
            }
            None => expr.to_token_stream(),
        })
    }

    /// The value of a float, where it is literal.
    pub fn float_value(&self, name: &str) -> Option<f32> {
        match self.get(name)? {
            Value::Expr(expr) => float(expr),
            _ => None,
        }
    }

    /// `true` or `false`.
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Value::Expr(Expr::Lit(ExprLit { lit: Lit::Bool(flag), .. })) => Some(flag.value),
            _ => None,
        }
    }

    /// A shape.
    pub fn shape(&self, name: &str) -> Option<&'a ShapeExpr> {
        match self.get(name)? {
            Value::Shape(shape) => Some(shape),
            _ => None,
        }
    }
}

impl Form {
    fn fits(self, value: &Value) -> bool {
        let literal = |expr: &Expr| matches!(expr, Expr::Lit(_) | Expr::Unary(_));
        match (self, value) {
            (Self::Sizes, Value::Expr(expr)) => !literal(expr) || Dim::of_expr(expr).value.is_some_and(|v| v > 0),
            (Self::Sizes, Value::Arrow(left, right)) => {
                [left, right].iter().all(|expr| !literal(expr) || Dim::of_expr(expr).value.is_some_and(|v| v > 0))
            }
            (Self::Float, Value::Expr(expr)) => !literal(expr) || float(expr).is_some(),
            (Self::Bool, Value::Expr(Expr::Lit(ExprLit { lit: Lit::Bool(_), .. }))) => true,
            (Self::Shape, Value::Shape(_)) => true,
            _ => false,
        }
    }
}

impl std::fmt::Display for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sizes => "a size of at least 1, such as `128`, or both sizes, such as `784 -> 128`",
            Self::Float => "a number, such as `0.25`",
            Self::Bool => "`true` or `false`",
            Self::Shape => "a shape in brackets, such as `[16, 7, 7]`",
        })
    }
}

fn float(expr: &Expr) -> Option<f32> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Float(float), .. }) => float.base10_parse().ok(),
        Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => int.base10_parse().ok(),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => float(expr).map(|value| -value),
        _ => None,
    }
}

fn unknown(kind: &str, name: &syn::Ident, params: &[Param], report: &mut Report) {
    let help = match closest(&name.to_string(), params.iter().map(|param| param.name)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => usage(kind, params),
    };
    report.error_help(name, format!("`{kind}` has no argument `{name}`"), help);
}

fn count(params: &[Param]) -> String {
    match params.len() {
        0 => "no arguments".to_owned(),
        1 => "one argument".to_owned(),
        n => format!("at most {n} arguments"),
    }
}

fn usage(kind: &str, params: &[Param]) -> String {
    if params.is_empty() {
        return format!("write `{kind}`");
    }
    let list: Vec<String> = params
        .iter()
        .map(|param| if param.optional { format!("{} = …", param.name) } else { param.name.to_owned() })
        .collect();
    let optional = if params.iter().any(|param| param.optional) { "; what has a `=` may be left out" } else { "" };
    format!("the arguments are `{kind}({})`{optional}", list.join(", "))
}
