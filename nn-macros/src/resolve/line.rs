//! One line: its sources, its layer, its activations.

use super::attributes::{self, FileName, LineAttributes};
use super::builder::{Builder, Layer};
use super::scope::Scope;
use super::{alias_name, functional};
use crate::kinds::{self, Elementwise, Plan};
use crate::model::{Model, Node, Op, ValueId};
use crate::names::closest;
use crate::report::{Range, Report};
use crate::syntax::{Args, Call, Dim, LayerExpr, Line};
use quote::{ToTokens, format_ident, quote};
use syn::Ident;
use syn::ext::IdentExt;

/// Adds a line, and what its activations need, to the model.
pub fn resolve(line: Line, model: &mut Model, scope: &mut Scope<'_>, report: &mut Report) {
    let Line { attrs, name, mut layer, mut activations, mut from } = line;
    let LineAttributes { docs, file_name, lora, frozen } = attributes::read(attrs, &name, report);
    let (known, title) = (report.len(), model.title.clone());
    if from.is_none() {
        from = functional::values((&name, &title), &layer, &activations, scope, report);
        if from.is_some() {
            (layer, activations) = (LayerExpr::Unparsed, Vec::new());
        }
    }
    let sources: Vec<Option<ValueId>> = match &from {
        Some(names) => names.iter().map(|source| scope.take(source, &name, &title, report)).collect(),
        None => {
            let above = scope.take_above();
            if above.is_none() && model.nodes.is_empty() {
                let help = format!("write `from` and one of {}", scope.list());
                report.error_help(&name, format!("{title}: layer `{name}` does not say which input it takes"), help);
                scope.lost = true;
            }
            vec![above]
        }
    };
    let mut activations: Vec<After> =
        activations.into_iter().filter_map(|call| after(call, &name, model, report)).collect();
    let inputs = sources.iter().map(|source| model.shape_of(*source)).collect();
    let again = if let LayerExpr::Same { line, .. } = &layer { Some(line.clone()) } else { None };
    let elements = layer.count().map(|count| Dim::of_expr(count).value.unwrap_or(1));
    let mut builder = Builder { model, report, scope, line: &name, sources: &sources, inputs, lora };
    let Layer { mut kind, plan: Plan { takes, gives, mut op } } = builder.layer(layer, &mut activations);
    if let (Some(lora), true) = (builder.lora.take(), builder.report.len() == known) {
        lora.refuse(&title, &name, &kind, builder.report);
    }
    if let Some(attr) = frozen {
        super::frozen::freeze(&mut op, &name, &kind, &title, &attr, report);
        kind += ", frozen";
    }
    if report.len() > known || sources.contains(&None) {
        op = Op::Broken;
    }
    let value = ValueId::Node(model.nodes.len());
    if !scope.define(&name, value, &title, report) {
        op = Op::Broken;
    }
    let sources = sources.into_iter().flatten().collect();
    let file_elements = file_name.as_ref().and_then(|file| Some((file.first?, elements?)));
    let place = file_name.as_ref().map_or_else(|| Range::of(&name), |file| Range::of(&file.text));
    if let Some(FileName { name: written, first: Some(first), .. }) = &file_name
        && elements.is_none()
    {
        let message = format!("{title}: `{written}.{first}..` names the elements of an array, but `{name}` is none");
        report.error_help(&place, message, format!("write `#[name = \"{written}.{first}\"]`"));
    }
    let file_name = file_name.map_or_else(|| name.unraw().to_string(), |file| file.name);
    let node = Node { line: name.clone(), name, file_name, file_elements, docs, kind, sources, takes, gives, op };
    one_name_each(&node, &place, model, report);
    let first = model.nodes.len();
    model.nodes.push(node);
    // What stands behind `+` is of the line that is used again, whether its layer computes it or not.
    let others = again.iter().flat_map(|other| (0..first).filter(|&j| model.nodes[j].line == *other).skip(1));
    for j in others.collect::<Vec<_>>() {
        let Node { kind, takes, gives, op, .. } = &model.nodes[j];
        let (kind, plan) = (kind.clone(), Plan { takes: takes.clone(), gives: gives.clone(), op: op.clone() });
        let value = add_node(kind, plan, model, scope);
        scope.replace_above(value);
    }
    for activation in activations {
        let value = add_activation(activation, model, scope);
        scope.replace_above(value);
    }
}

/// Refuses a line that has the name of another in files. Networks without a name there may be several: whether their tensors meet is asserted for the
/// whole network.
fn one_name_each(node: &Node, place: &Range, model: &Model, report: &mut Report) {
    let names = node.names_in_files();
    let others = model.nodes.iter().filter(|other| other.name != node.name);
    let taken = others.flat_map(|other| other.names_in_files().into_iter().map(move |name| (other, name)));
    if let Some((other, name)) = taken.into_iter().find(|(_, name)| !name.is_empty() && names.contains(name)) {
        let message =
            format!("{}: `{}` and `{}` are both called `{name}` in files", model.title, other.name, node.name);
        report.error_help(place, message, "choose another name: files tell layers apart by it");
    }
}

/// An activation behind `+`.
pub enum After {
    /// One that a layer may compute in the same pass.
    Elementwise(Elementwise),
    /// Softmax and its like.
    Rowwise(&'static nn_spec::Activation),
}

fn after(call: Call, line: &Ident, model: &mut Model, report: &mut Report) -> Option<After> {
    let Call { kind, args } = call;
    let name = kind.to_string();
    let title = format!("{}: layer `{line}`", model.title);
    if let Some(row) = kinds::find_activation(&name) {
        if row.rowwise {
            return kinds::no_arguments(&format!("{title}: "), &kind, args.as_ref(), report)
                .then_some(After::Rowwise(row));
        }
        return Elementwise::of_row(row, &kind, args.as_ref(), line, model, report).map(After::Elementwise);
    }
    if kinds::find(&name).is_some() {
        let call = if args.is_some() { format!("{name}(…)") } else { name.clone() };
        let help = format!("write a line of its own: `{}: {call}`", name.to_lowercase());
        report.error_help(&kind, format!("{title}: `{name}` is a layer, and only activations follow a `+`"), help);
        return None;
    }
    let meant = kinds::elsewhere(&name).or_else(|| closest(&name, kinds::activation_names()));
    match meant {
        Some(meant) => {
            let help = format!("did you mean `{meant}`?");
            report.error_help(&kind, format!("{title}: there is no activation `{name}`"), help);
            None
        }
        None => own_activation(&kind, args.as_ref(), line, model, report).map(After::Elementwise),
    }
}

/// A type of the user's, which the compiler checks to be an activation.
fn own_activation(
    kind: &Ident,
    args: Option<&Args>,
    line: &Ident,
    model: &mut Model,
    report: &mut Report,
) -> Option<Elementwise> {
    let title = format!("{}: layer `{line}`", model.title);
    if args.is_some() {
        let list: Vec<&str> = kinds::activation_names().collect();
        let help = format!(
            "the activations are {}; one of yours is a type with `impl nn::layers::Activation`, without arguments",
            list.join(", ")
        );
        report.error_help(kind, format!("{title}: there is no activation `{kind}`"), help);
        return None;
    }
    let alias = alias_name(model, line, &kind.unraw().to_string(), report)?;
    let check = Range::of(kind).call(
        "check_activation",
        quote!(#title, stringify!(#kind), Probe::<#kind>::ACTIVATION, Probe::<#kind>::DEFAULT),
    );
    model.types.push(super::own::known(&alias, &kind.to_token_stream(), &check));
    Some(Elementwise {
        ty: alias.to_token_stream(),
        new: quote!(<#alias as ::core::default::Default>::default()),
        name: kind.to_string(),
    })
}

/// An activation that is not computed together with its layer becomes a line of its own.
fn add_activation(activation: After, model: &mut Model, scope: &Scope<'_>) -> ValueId {
    let input = model.nodes[model.nodes.len() - 1].gives.clone();
    let (kind, plan) = match &activation {
        After::Elementwise(elementwise) => (elementwise.name.clone(), kinds::plan_elementwise(elementwise, input)),
        After::Rowwise(row) => (row.name.to_owned(), kinds::plan_rowwise(row, input)),
    };
    add_node(kind, plan, model, scope)
}

/// Adds what the last line does to what it gave so far.
fn add_node(kind: String, mut plan: Plan, model: &mut Model, scope: &Scope<'_>) -> ValueId {
    let (source, last) = (ValueId::Node(model.nodes.len() - 1), &model.nodes[model.nodes.len() - 1]);
    let line = last.line.clone();
    if matches!(last.op, Op::Broken) {
        plan.op = Op::Broken;
    }
    let Plan { takes, gives, op } = plan;
    let mut name = format_ident!("{line}_{}", kind.to_lowercase());
    while scope.comes_later(&name) || model.nodes.iter().any(|node| node.name == name) {
        name = format_ident!("{name}_");
    }
    let (file_name, file_elements) = (name.to_string(), None);
    let (docs, sources) = (Vec::new(), vec![source]);
    model.nodes.push(Node { name, line, file_name, file_elements, docs, kind, sources, takes, gives, op });
    ValueId::Node(model.nodes.len() - 1)
}
