//! What is said of arguments that do not fit.

use super::args::{Form, Param};
use super::elsewhere::{self, elsewhere};
use super::find_activation;
use crate::names::closest;
use crate::report::Report;
use crate::syntax::{Arg, Args, Dim, Value, tidy};
use quote::ToTokens;
use syn::{Expr, ExprLit, Ident, Lit};

/// A kind with its arguments, for messages.
pub struct Usage<'a> {
    /// How messages begin: ``network `N`: layer `a`: ``.
    pub subject: &'a str,
    /// The name of the kind.
    pub kind: &'static str,
    /// The arguments that it has.
    pub params: &'static [Param],
    /// The first and the last dimension of what comes in, where they are known: channels, features.
    pub input: Option<[usize; 2]>,
}

impl Usage<'_> {
    /// An argument whose name is none of the kind's.
    pub fn unknown(&self, name: &Ident, value: &Value, list: &[Arg], report: &mut Report) {
        let Self { subject, kind, params, .. } = self;
        let (text, ours) = (name.to_string(), params.iter().map(|param| param.name));
        let help = match (elsewhere::argument(kind, &text), closest(&text, ours)) {
            (Some(help), _) => help.to_owned(),
            (None, Some(meant)) => format!("did you mean `{meant}`?"),
            (None, None) if name == "activation" => self.with_activation(activation(value).unwrap_or("Relu"), list),
            (None, None) => self.all(),
        };
        report.error_help(name, format!("{subject}`{kind}` has no argument `{name}`"), help);
    }

    /// An argument without a name behind all that may have none.
    pub fn one_too_many(&self, value: &Value, list: &[Arg], report: &mut Report) {
        let Self { subject, kind, params, .. } = self;
        let unnamed: Vec<&Value> = list.iter().filter(|arg| arg.name.is_none()).map(|arg| &arg.value).collect();
        let required: Vec<&Param> = params.iter().filter(|param| !param.optional).collect();
        if let Some(meant) = activation(value) {
            let message = format!("{subject}an activation is no argument of `{kind}`");
            report.error_help(value, message, self.with_activation(meant, list));
            return;
        }
        let what = match required.len() {
            0 => "takes no argument without a name".to_owned(),
            1 => format!("takes one argument without a name, not {}", unnamed.len()),
            n => format!("takes {n} arguments without a name, not {}", unnamed.len()),
        };
        // What PyTorch writes first is what the layer takes, which is known here; Keras does not write it.
        let first = unnamed.first().and_then(|value| value.dim()).and_then(|dim| dim.value);
        let takes = first.zip(self.input).is_none_or(|(first, input)| input.contains(&first));
        let second = |param: &&Param| param.form == Form::Sizes || param.name == "heads";
        let outputs = takes && required.first().is_some_and(second);
        let meant: Vec<&Value> = match outputs {
            true => unnamed.iter().skip(1).take(required.len()).copied().collect(),
            false => unnamed.iter().take(required.len()).copied().collect(),
        };
        let fits =
            required.len() == meant.len() && required.iter().zip(&meant).all(|(param, value)| param.form.fits(value));
        let call = match (required.is_empty(), fits) {
            (true, _) => format!("`{kind}`"),
            (false, true) => {
                let named = |(i, (param, value)): (usize, (&&Param, &&Value))| match i {
                    0 => written(value),
                    _ => format!("{} = {}", param.name, written(value)),
                };
                let arguments: Vec<String> = required.iter().zip(&meant).enumerate().map(named).collect();
                format!("`{kind}({})`", arguments.join(", "))
            }
            (false, false) => self.call(),
        };
        let names = self.optional();
        let why = if outputs || required.is_empty() { ": what it takes follows from the line above" } else { "" };
        let rest = if names.is_empty() { String::new() } else { format!("; with names there are {names}") };
        report.error_help(value, format!("{subject}`{kind}` {what}"), format!("write {call}{why}{rest}"));
    }

    /// An argument that is something else.
    pub fn misfit(&self, param: &Param, value: &Value, list: &[Arg], report: &mut Report) {
        let (Self { subject, kind, .. }, name, form) = (self, param.name, param.form);
        let message = match value.dim().and_then(|dim| dim.value) {
            Some(size) if size > Dim::MOST => {
                format!("{subject}`{name}` of `{kind}` is at most {}, not {size}", Dim::MOST)
            }
            _ => format!("{subject}`{name}` of `{kind}` is {form}, not `{}`", written(value)),
        };
        let all_sizes = list.iter().all(|arg| arg.name.is_none() && Form::Size.fits(&arg.value));
        let help = match value {
            // `(3, 3)`, as in Python.
            Value::Expr(Expr::Tuple(tuple)) if form.takes_pairs() && is_pair(tuple) => {
                format!("brackets, not parentheses: `{name} = [{}]`", tidy(&tuple.elems.to_token_stream()))
            }
            Value::Expr(_) if form == Form::Shape && all_sizes => {
                let sizes: Vec<String> = list.iter().map(|arg| written(&arg.value)).collect();
                format!("write `{kind}([{}])`", sizes.join(", "))
            }
            _ if param.optional => format!("write `{name} = {}`", param.example),
            _ => self.shortest(),
        };
        report.error_help(value, message, help);
    }

    /// How to write the kind with no more than it needs.
    pub fn shortest(&self) -> String {
        format!("write {}", self.call())
    }

    fn call(&self) -> String {
        let required: Vec<&str> =
            self.params.iter().filter(|param| !param.optional).map(|param| param.example).collect();
        match required.is_empty() {
            true => format!("`{}`", self.kind),
            false => format!("`{}({})`", self.kind, required.join(", ")),
        }
    }

    /// How to write the kind, and which arguments may be added.
    fn all(&self) -> String {
        let optional = self.optional();
        if optional.is_empty() { self.shortest() } else { format!("{}; there are also {optional}", self.shortest()) }
    }

    fn optional(&self) -> String {
        let optional: Vec<String> = (self.params.iter().filter(|param| param.optional))
            .map(|param| format!("`{} = {}`", param.name, param.example))
            .collect();
        optional.join(", ")
    }

    /// The kind as it is written, with an activation behind it instead of among its arguments.
    fn with_activation(&self, meant: &str, list: &[Arg]) -> String {
        let is_other = |arg: &&Arg| match &arg.name {
            Some(name) => name != "activation",
            None => activation(&arg.value).is_none(),
        };
        let arguments: Vec<String> = (list.iter().filter(is_other))
            .map(|Arg { name, value }| match name {
                Some(name) => format!("{name} = {}", written(value)),
                None => written(value),
            })
            .collect();
        let call = match arguments.is_empty() {
            true => self.call().replace('`', ""),
            false => format!("{}({})", self.kind, arguments.join(", ")),
        };
        format!("it stands behind the layer: `{call} + {meant}`")
    }
}

/// Whether it is made of two sizes.
fn is_pair(tuple: &syn::ExprTuple) -> bool {
    let size = |expr: &Expr| !matches!(expr, Expr::Tuple(_)) && Dim::of_expr(expr).may_be_size();
    tuple.elems.len() == 2 && tuple.elems.iter().all(size)
}

/// The activation that an argument names, as `"relu"` or as a word.
fn activation(value: &Value) -> Option<&'static str> {
    let name = match value {
        Value::Expr(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => text.value(),
        Value::Expr(Expr::Path(path)) => path.path.get_ident()?.to_string(),
        _ => return None,
    };
    let all = || super::activation_names();
    let same = all().find(|known| known.eq_ignore_ascii_case(&name.replace('_', "")));
    same.or_else(|| elsewhere(&name).filter(|meant| find_activation(meant).is_some()))
}

/// An argument as the user wrote it.
pub fn written(value: &Value) -> String {
    match value {
        Value::Expr(expr) => tidy(&expr.to_token_stream()),
        Value::Arrow(left, right) => {
            format!("{} -> {}", tidy(&left.to_token_stream()), tidy(&right.to_token_stream()))
        }
        Value::Shape(shape) => crate::model::Shape::from(shape).to_string(),
        Value::Sides(sides) => sides.to_string(),
    }
}

/// Refuses arguments of a kind that takes none. Gives whether there were none.
pub fn no_arguments(subject: &str, kind: &Ident, args: Option<&Args>, report: &mut Report) -> bool {
    let first = args.and_then(|args| args.list.first());
    if let Some(arg) = first {
        report.error_help(&arg.value, format!("{subject}`{kind}` takes no arguments"), format!("write `{kind}`"));
    }
    first.is_none()
}
