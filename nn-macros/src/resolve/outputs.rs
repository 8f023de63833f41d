//! What the network gives, and lines that nobody takes.

use super::edges::{Edge, check};
use super::scope::Scope;
use crate::model::{Model, Op, Shape, ValueId};
use crate::names::closest;
use crate::report::Report;
use syn::Ident;

/// Finds the value of each output. `parsed` is false if lines are missing because they could not be parsed.
pub fn resolve(model: &mut Model, scope: &Scope, parsed: bool, report: &mut Report) {
    if model.nodes.is_empty() {
        if parsed {
            let help = "write at least one, such as `logits: Dense(10)`";
            report.error_help(&model.name, format!("{} has no lines", model.title), help);
        }
        model.results = vec![None; model.outputs.len()];
        return;
    }
    let named = model.outputs.len() > 1;
    for i in 0..model.outputs.len() {
        let value = if named { named_output(i, model, scope, report) } else { scope.above };
        model.results.push(value);
        if let Some(value) = value {
            check_output(i, value, model, report);
        }
    }
    if parsed {
        unused(model, scope, report);
    }
}

/// The same for the body of a residual, which gives what it takes.
pub fn resolve_body(body: &mut Model, scope: &Scope, word: &Ident, report: &mut Report) {
    let Some(value) = scope.above else { return };
    body.results.push(Some(value));
    let (takes, gives) = (body.outputs[0].shape.clone(), body.shape(value).clone());
    if takes.differs_from(&gives) {
        let last = body.value_name(value);
        let message = format!("{} takes {takes}, but `{last}` gives {gives}: a residual adds both", body.title);
        report.error_help(word, message, format!("let the body end with {takes}"));
    } else {
        let last = body.value_name(value);
        let help = "a residual adds what its body takes and gives: make both the same";
        check(
            &Edge { taker: "the sum", takes: &takes, giver: &last, gives: &gives, span: word.span(), help },
            body,
            report,
        );
    }
    unused(body, scope, report);
}

fn named_output(i: usize, model: &Model, scope: &Scope, report: &mut Report) -> Option<ValueId> {
    let name = model.outputs[i].name.as_ref()?;
    match scope.find(name) {
        Some(value @ ValueId::Node(_)) => Some(value),
        Some(ValueId::Input(_)) => {
            report.error_help(
                name,
                format!("{}: output `{name}` is an input", model.title),
                "an output is what a line gives",
            );
            None
        }
        None => {
            let lines = model.nodes.iter().map(|node| node.file_name.as_str());
            let help = match closest(&name.to_string(), lines) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("give the line that makes it this name: `{name}: Dense(…)`"),
            };
            report.error_help(name, format!("{}: there is no line for output `{name}`", model.title), help);
            None
        }
    }
}

fn check_output(i: usize, value: ValueId, model: &mut Model, report: &mut Report) {
    let (declared, gives) = (model.outputs[i].shape.clone(), model.shape(value).clone());
    let ValueId::Node(node) = value else {
        report.error(&model.name, format!("{} gives its input back", model.title));
        return;
    };
    if matches!(model.root(value), ValueId::Input(_)) {
        let help = "a network needs a line that computes something";
        report.error_help(
            &model.nodes[node].name,
            format!("{} gives its input back under another shape", model.title),
            help,
        );
        return;
    }
    let repeated = model.results[..i].iter().flatten().any(|other| model.root(*other) == model.root(value));
    if repeated {
        let name = model.value_name(value);
        report.error(&model.nodes[node].name, format!("{}: `{name}` gives the numbers of another output", model.title));
    }
    let giver = model.value_name(value);
    let kind = model.nodes[node].kind.clone();
    let help = match (&declared, kind.split(' ').next()) {
        (Shape::Dims { dims, .. }, Some("Dense")) if dims.len() == 1 => {
            format!("write `{giver}: Dense({})`, or declare the output as {gives}", dims[0])
        }
        _ => format!("declare the output as {gives}, or change `{giver}`"),
    };
    let span = model.nodes[node].name.span();
    if declared.differs_from(&gives) {
        let message =
            format!("{} gives {declared} by its declaration, but its line `{giver}` gives {gives}", model.title);
        report.error_help(&span, message, help);
    } else {
        let taker = model.outputs[i]
            .name
            .as_ref()
            .map_or_else(|| "the declared output".to_owned(), |name| format!("the declared output `{name}`"));
        check(
            &Edge { taker: &taker, takes: &declared, giver: &giver, gives: &gives, span, help: &help },
            model,
            report,
        );
    }
}

fn unused(model: &Model, scope: &Scope, report: &mut Report) {
    for (i, node) in model.nodes.iter().enumerate() {
        let value = ValueId::Node(i);
        let taken = model.nodes.iter().any(|other| other.sources.contains(&value));
        if taken || scope.is_used(value) || model.results.contains(&Some(value)) || matches!(node.op, Op::Broken) {
            continue;
        }
        let help = format!("take it with `from {}`, or remove the line", node.name);
        report.error_help(&node.name, format!("{}: nothing takes what `{}` gives", model.title, node.name), help);
    }
    for (i, input) in model.inputs.iter().enumerate() {
        if let Some(name) = &input.name
            && !scope.is_used(ValueId::Input(i))
        {
            let help = format!("take it with `from {name}`, or remove it");
            report.error_help(name, format!("{}: nothing takes the input `{name}`", model.title), help);
        }
    }
}
