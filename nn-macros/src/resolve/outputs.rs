//! What the network gives, and lines that nobody takes.

use super::edges::{Edge, check};
use super::scope::Scope;
use crate::model::{Model, Op, Shape, ValueId};
use crate::names::closest;
use crate::report::{Place, Report};
use quote::ToTokens;
use syn::Ident;

/// Finds the value of each output.
pub fn resolve(model: &mut Model, scope: &mut Scope<'_>, report: &mut Report) {
    if model.nodes.is_empty() {
        let help = "write at least one, such as `logits: Dense(10)`";
        report.error_help(&model.name, format!("{} has no lines", model.title), help);
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
    unused(model, scope, report);
}

/// The same for a body, which gives what its last line gives.
pub fn resolve_body(body: &mut Model, scope: &Scope<'_>, report: &mut Report) {
    let Some(value @ ValueId::Node(_)) = scope.above else { return };
    body.results.push(Some(value));
    hidden(value, body, report);
    computes_something(value, body, report);
    unused(body, scope, report);
}

fn named_output(i: usize, model: &Model, scope: &mut Scope<'_>, report: &mut Report) -> Option<ValueId> {
    let name = model.outputs[i].name.as_ref()?;
    match scope.find(name) {
        Some(value @ ValueId::Node(_)) => return Some(value),
        Some(ValueId::Input(_)) => {
            let message = format!("{}: output `{name}` is an input", model.title);
            report.error_help(name, message, "an output is what a line gives");
        }
        None => {
            let taken = |line: &Ident| model.outputs.iter().any(|output| output.name.as_ref() == Some(line));
            let lines = model.nodes.iter().map(|node| &node.line).filter(|line| !taken(line));
            let lines: Vec<String> = lines.map(ToString::to_string).collect();
            let help = match closest(&name.to_string(), lines.iter().map(String::as_str)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("give the line that makes it this name: `{name}: Dense(…)`"),
            };
            report.error_help(name, format!("{}: there is no line for output `{name}`", model.title), help);
        }
    }
    scope.lost = true;
    None
}

fn check_output(i: usize, value: ValueId, model: &mut Model, report: &mut Report) {
    let (declared, gives) = (model.outputs[i].shape.clone(), model.shape(value).clone());
    let ValueId::Node(node) = value else { return };
    hidden(value, model, report);
    let line = model.nodes[node].line.clone();
    let kind = model.nodes.iter().find(|node| node.name == line).map_or("", |node| &node.kind).to_owned();
    if !computes_something(value, model, report) {
        return;
    }
    let repeated = model.results[..i].iter().flatten().find(|other| model.root(**other) == model.root(value));
    if let Some(other) = repeated {
        let message = format!("{}: `{line}` gives the same numbers as `{}`", model.title, model.value_name(*other));
        report.error_help(&line, message, "each output needs numbers of its own: put an `Identity` line between them");
    }
    let giver = model.value_name(value);
    let help = match &declared {
        // One for all steps of a sequence.
        Shape::Dims { dims, .. } if dims.len() == 1 && gives.dims().is_some_and(|steps| steps.len() == 2) => {
            format!("put a `Last` or a `Flatten` line before `{giver}`, or declare the output as {gives}")
        }
        Shape::Dims { dims, .. } if dims.len() == 1 && kind.starts_with("Dense") => {
            format!("write `{giver}: Dense({})`, or declare the output as {gives}", dims[0])
        }
        _ => format!("change `{giver}`, or declare the output as {gives}"),
    };
    let taker = match &model.outputs[i].name {
        Some(name) => format!("the output `{name}` is declared as"),
        None => "the output is declared as".to_owned(),
    };
    let giver = format!("`{giver}` gives");
    let edge = Edge { taker: &taker, takes: &declared, giver: &giver, gives: &gives, place: line.range(), help: &help };
    let title = model.title.clone();
    check(&edge, &title, model, report);
}

/// Refuses a network that gives the numbers that it takes. Gives whether it does not.
fn computes_something(value: ValueId, model: &Model, report: &mut Report) -> bool {
    let (ValueId::Node(node), ValueId::Input(_)) = (value, model.root(value)) else { return true };
    let line = &model.nodes[node].line;
    let message = format!("{}: `{line}` gives the input under another shape", model.title);
    report.error_help(line, message, "a network needs a line that computes something");
    false
}

/// Refuses an output that a network gives which fewer can see: what the output means is a public fact.
fn hidden(value: ValueId, model: &Model, report: &mut Report) {
    let ValueId::Node(node) = model.root(value) else { return };
    let line = &model.nodes[node].name;
    if let Some((_, network)) = model.hidden.iter().find(|(hidden, _)| hidden == line) {
        let seen = model.vis.to_token_stream();
        let message = format!(
            "{} is `{seen}`, but what it gives comes from `{line}`, and the network `{network}` is not `{seen}`",
            model.title
        );
        report.error_help(line, message, format!("write `{seen} struct {network}`"));
    }
}

fn unused(model: &Model, scope: &Scope<'_>, report: &mut Report) {
    if scope.lost {
        return;
    }
    for (i, node) in model.nodes.iter().enumerate() {
        let value = ValueId::Node(i);
        let taken = model.nodes.iter().any(|other| other.sources.contains(&value));
        if taken || scope.is_used(value) || model.results.contains(&Some(value)) || matches!(node.op, Op::Broken) {
            continue;
        }
        let help = format!("take it with `from {}`, or remove the line", node.line);
        report.error_help(&node.line, format!("{}: nothing takes what `{}` gives", model.title, node.line), help);
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
