//! Matches the arguments that are written with those that a kind takes.

use super::usage::Usage;
use crate::report::{Place, Range, Report};
use crate::syntax::{Arg, Args, Dim, ShapeExpr, Sides, Value, is_literal};
use syn::{Expr, ExprLit, ExprUnary, Ident, Lit, UnOp};

/// An argument that a kind takes.
#[derive(Clone, Copy)]
pub struct Param {
    /// The name.
    pub name: &'static str,
    /// What it can be.
    pub form: Form,
    /// Whether it may be left out.
    pub optional: bool,
    /// A value, for messages.
    pub example: &'static str,
}

/// What an argument can be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A size, or `in -> out`.
    Sizes,
    /// A size.
    Size,
    /// A number with a point.
    Float,
    /// `true` or `false`.
    Bool,
    /// `[16, 7, 7]`.
    Shape,
    /// `3`, or `[3, 5]` for rows and columns.
    Pair,
    /// `1`, `[1, 2]`, `[[0, 1], [0, 1]]`, `same` or `valid`.
    Padding,
    /// `1`, `[0, 1]`, `same` or `valid`: before and after a sequence.
    PaddingOfSequence,
    /// `1`, `[1, 2]`, `[[0, 1], [0, 1]]`.
    Border,
    /// `0`, or `[0, 1]` for rows and columns.
    PairFromZero,
    /// One of some words.
    Word(&'static [&'static str]),
}

impl Param {
    /// An argument that must be written.
    pub const fn required(name: &'static str, form: Form, example: &'static str) -> Self {
        Self { name, form, optional: false, example }
    }

    /// An argument that may be left out.
    pub const fn optional(name: &'static str, form: Form, example: &'static str) -> Self {
        Self { name, form, optional: true, example }
    }
}

/// The arguments of one line, by name: those that fit.
pub struct Resolved<'a> {
    values: Vec<(&'static str, &'a Value)>,
}

impl<'a> Resolved<'a> {
    /// Matches what is written with what the kind takes. Messages begin with `subject`.
    pub fn new(
        subject: &str,
        kind: &'static str,
        params: &'static [Param],
        input: Option<[usize; 2]>,
        word: &Ident,
        args: Option<&'a Args>,
        report: &mut Report,
    ) -> Self {
        let usage = Usage { subject, kind, params, input };
        let (mut values, mut wrong): (Vec<(&'static str, &'a Value)>, bool) = (Vec::new(), false);
        let list = args.map_or(&[][..], |args| &args.list);
        // PyTorch and Keras have other arguments in other places: what may be left out has its name here.
        let mut positional = params.iter().filter(|param| !param.optional);
        for Arg { name, value } in list {
            let known = report.len();
            let param = match name {
                None => positional.next(),
                Some(name) => params.iter().find(|param| name == param.name),
            };
            match (param, name) {
                (None, Some(name)) => usage.unknown(name, value, list, report),
                (None, None) => {
                    if !wrong {
                        usage.one_too_many(value, list, report);
                    }
                    // Which was meant for what is open.
                    return Self { values: Vec::new() };
                }
                (Some(param), _) if values.iter().any(|(name, _)| *name == param.name) => {
                    let message = format!("{subject}`{}` of `{kind}` is given twice", param.name);
                    report.error_help(value, message, "remove one of them");
                }
                (Some(param), _) if !param.form.fits(value) => usage.misfit(param, value, list, report),
                (Some(param), _) => values.push((param.name, value)),
            }
            wrong |= report.len() > known;
        }
        let missing =
            params.iter().find(|param| !param.optional && !values.iter().any(|(name, _)| *name == param.name));
        if let (Some(param), false) = (missing, wrong) {
            report.error_help(word, format!("{subject}`{kind}` needs `{}`", param.name), usage.shortest());
        }
        Self { values }
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.values.iter().find(|(found, _)| *found == name).map(|(_, value)| *value)
    }

    /// Where an argument stands.
    pub fn place(&self, name: &str) -> Option<Range> {
        self.get(name).map(Place::range)
    }

    /// Where the left side of `in -> out` stands.
    pub fn left_place(&self, name: &str) -> Option<Range> {
        match self.get(name)? {
            Value::Arrow(left, _) => Some(left.range()),
            _ => None,
        }
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

    /// An expression.
    pub fn expr(&self, name: &str) -> Option<&'a Expr> {
        match self.get(name)? {
            Value::Expr(expr) => Some(expr),
            _ => None,
        }
    }

    /// A word, such as `same`.
    pub fn word(&self, name: &str) -> Option<String> {
        self.expr(name).and_then(word)
    }

    /// Sizes for each side of each axis.
    pub fn sides(&self, name: &str) -> Option<&'a Sides> {
        match self.get(name)? {
            Value::Sides(sides) => Some(sides),
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
    /// Whether it can be two numbers in brackets.
    pub fn takes_pairs(self) -> bool {
        matches!(self, Self::Pair | Self::PairFromZero | Self::Padding | Self::PaddingOfSequence | Self::Border)
    }

    /// Whether a value can be one.
    pub fn fits(self, value: &Value) -> bool {
        let size = |expr: &Expr| {
            let dim = Dim::of_expr(expr);
            dim.may_be_size() && dim.value != Some(0)
        };
        match (self, value) {
            // `(3, 3)` as in Python, `"relu"`.
            (form, Value::Expr(Expr::Tuple(_))) if form != Self::Float => false,
            (Self::Sizes | Self::Size, Value::Expr(expr)) => size(expr),
            (Self::Sizes, Value::Arrow(left, right)) => size(left) && size(right),
            (Self::Float, Value::Expr(expr)) => !is_literal(expr) || float(expr).is_some(),
            (Self::Bool, Value::Expr(Expr::Lit(ExprLit { lit: Lit::Bool(_), .. }))) => true,
            (Self::Shape, Value::Shape(shape)) => shape.has_no_zero() && shape.dims.iter().all(Dim::may_be_size),
            (Self::Pair, Value::Expr(expr)) => size(expr),
            (Self::Pair, Value::Shape(shape)) => {
                shape.dims.len() == 2 && shape.has_no_zero() && shape.dims.iter().all(Dim::may_be_size)
            }
            (Self::Word(words), Value::Expr(expr)) => word(expr).is_some_and(|word| words.contains(&&*word)),
            (Self::Padding | Self::PaddingOfSequence, Value::Expr(expr)) if word(expr).is_some() => {
                word(expr).is_some_and(|word| word == "same" || word == "valid")
            }
            (Self::Border | Self::PairFromZero, Value::Expr(expr)) if word(expr).is_some() => false,
            (Self::Padding | Self::PaddingOfSequence | Self::Border | Self::PairFromZero, Value::Expr(expr)) => {
                Dim::of_expr(expr).may_be_size()
            }
            (Self::Padding | Self::PaddingOfSequence | Self::Border | Self::PairFromZero, Value::Shape(shape)) => {
                shape.dims.len() == 2 && shape.dims.iter().all(Dim::may_be_size)
            }
            (Self::Padding | Self::Border, Value::Sides(sides)) => {
                let whole = |sides: &Vec<Dim>| matches!(sides.len(), 1 | 2) && sides.iter().all(Dim::may_be_size);
                sides.axes.len() == 2 && sides.axes.iter().all(whole)
            }
            _ => false,
        }
    }
}

impl std::fmt::Display for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Word(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                return f.write_str(&words.join(" or "));
            }
            Self::Border => "a whole number, or two in brackets for rows and columns, as in `[[0, 1], 2]`",
            Self::PaddingOfSequence => "`same`, `valid`, a whole number, or two in brackets for before and after",
            Self::PairFromZero => "a whole number, or two in brackets for rows and columns",
            Self::Sizes | Self::Size => "a whole number from 1",
            Self::Float => "a number",
            Self::Bool => "`true` or `false`",
            Self::Shape => "a shape in brackets, of whole numbers from 1",
            Self::Pair => "a whole number from 1, or two in brackets for rows and columns",
            Self::Padding => {
                "`same`, `valid`, a whole number, or two in brackets for rows and columns, as in `[[0, 1], 2]`"
            }
        })
    }
}

/// A word of the language: not the name of a const item.
fn word(expr: &Expr) -> Option<String> {
    let Expr::Path(path) = expr else { return None };
    let word = path.path.get_ident()?.to_string();
    word.chars().all(|letter| letter.is_lowercase() || letter == '_').then_some(word)
}

/// A literal number as `f32`.
pub fn float(expr: &Expr) -> Option<f32> {
    let number = |suffix: &str| matches!(suffix, "" | "f32" | "f64");
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Float(float), .. }) if number(float.suffix()) => float.base10_parse().ok(),
        Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) if number(int.suffix()) => int.base10_parse().ok(),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => float(expr).map(|value| -value),
        _ => None,
    }
}
