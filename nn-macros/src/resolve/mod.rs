//! From syntax to model: names become values, kinds become layers, shapes are inferred line by line.

mod attributes;
mod body;
mod builder;
mod edges;
mod frozen;
mod functional;
mod line;
mod outputs;
mod own;
mod same;
mod scope;
mod siblings;
mod weights;

pub use siblings::Siblings;

use crate::model::{Model, Port, Shape};
use crate::names::{TYPES_OF_INPUTS, TYPES_OF_OUTPUTS};
use crate::passes::fuse::fuse;
use crate::report::Report;
use crate::syntax::{Line, Network, Ports};
use quote::format_ident;
use scope::Scope;
use syn::Ident;

/// Resolves one network. After mistakes the model still has everything that could be understood.
pub fn network(network: Network, siblings: &Siblings, report: &mut Report) -> Model {
    let Network { attrs, budget, weights, vis, name, input, output, lines, errors } = network;
    let parsed = errors.is_empty();
    errors.into_iter().for_each(|error| report.push(error));
    let title = format!("network `{name}`");
    let mut model = Model::new(name.clone(), vis, title);
    (model.attrs, model.budget) = (attrs, budget);
    model.weights = weights.map(|weights| weights::read(weights, &name, report));
    model.inputs = ports(&input, "INPUT", &mut model);
    model.outputs = ports(&output, "OUTPUT", &mut model);
    model.image = matches!((&*model.inputs, &*model.outputs), ([x], [y]) if x.shape.is_image() && y.shape.is_image());
    let mut scope = Scope::new(&model, &name, siblings);
    scope.lost = !parsed;
    resolve_lines(lines, &mut model, &mut scope, report);
    outputs::resolve(&mut model, &mut scope, report);
    if report.is_empty() {
        crate::passes::order::choose(&mut model);
        crate::passes::pool::join(&mut model);
    }
    model
}

fn resolve_lines(mut lines: Vec<Line>, model: &mut Model, scope: &mut Scope<'_>, report: &mut Report) {
    fuse(&mut lines, &model.outputs.iter().filter_map(|port| port.name.as_ref()).collect::<Vec<_>>());
    scope.announce(lines.iter().map(|line| line.name.clone()));
    for line in lines {
        line::resolve(line, model, scope, report);
    }
}

fn ports(ports: &Ports, name: &str, model: &mut Model) -> Vec<Port> {
    match ports {
        Ports::One(shape) => vec![Port::new(None, model.named_shape(name, shape))],
        Ports::Named(list) => (list.iter())
            .map(|(part, shape)| {
                let name = crate::names::constant(&part.to_string());
                Port::new(Some(part.clone()), model.named_shape(&name, shape))
            })
            .collect(),
    }
}

/// What the types of every network are called besides the network: `DigitsGrads`.
const TYPES: [&str; 9] =
    ["Grads", "PerLayer", "Plan", "PlannedGrads", "PlannedPerLayer", "Sizes", "Tape", "Reach", "Mistake"];

/// The name of the struct that is made for a line with a body: `DigitsBlock` for `block` in `Digits`. Where it is taken, that is a mistake.
fn type_name(model: &mut Model, line: &Ident, siblings: &Siblings, report: &mut Report) -> Option<Ident> {
    let part = crate::names::pascal(&line.to_string());
    let name = format_ident!("{}{part}", model.name, span = proc_macro2::Span::call_site());
    let of = |several: bool, types: &'static [&'static str]| if several { types } else { &[] };
    let (inputs, outputs) =
        (of(model.inputs.len() > 1, &TYPES_OF_INPUTS), of(model.outputs.len() > 1, &TYPES_OF_OUTPUTS));
    let mut made = TYPES.iter().chain(inputs).chain(outputs);
    let taken = if made.any(|made| part == *made) {
        "which the network has anyway"
    } else if siblings.names().any(|network| name == network) {
        "which is a network of this call"
    } else {
        return alias(model, line, name, report);
    };
    let message = format!("{}: the body of `{line}` makes a type `{name}`, {taken}", model.title);
    report.error_help(line, message, "choose another name for the line");
    None
}

/// The name of an alias that is made for a line: one that no type of a user has. Two lines may lead to the same, which is a mistake.
fn alias_name(model: &mut Model, line: &Ident, suffix: &str, report: &mut Report) -> Option<Ident> {
    let part = crate::names::pascal(&line.to_string());
    let name = format_ident!("{}{part}{suffix}_", model.name, span = proc_macro2::Span::call_site());
    alias(model, line, name, report)
}

fn alias(model: &mut Model, line: &Ident, name: Ident, report: &mut Report) -> Option<Ident> {
    if model.made.contains(&name) {
        let name = name.to_string();
        let message =
            format!("{}: `{line}` and another line both make a type `{}`", model.title, name.trim_end_matches('_'));
        report.error_help(line, message, "choose names that differ in more than underscores");
        return None;
    }
    model.made.push(name.clone());
    Some(name)
}

impl Model {
    /// A network with nothing in it.
    fn new(name: Ident, vis: syn::Visibility, title: String) -> Self {
        Self {
            attrs: Vec::new(),
            budget: Vec::new(),
            weights: None,
            vis,
            sizes_type: format_ident!("{name}Sizes"),
            name,
            title,
            inputs: Vec::new(),
            outputs: Vec::new(),
            image: false,
            results: Vec::new(),
            nodes: Vec::new(),
            bodies: Vec::new(),
            made: Vec::new(),
            sizes: Vec::new(),
            types: Vec::new(),
            checks: Vec::new(),
            hidden: Vec::new(),
            poison: None,
        }
    }

    /// The shape of a value, or none where a mistake hides which value.
    fn shape_of(&self, value: Option<crate::model::ValueId>) -> Shape {
        value.map_or(Shape::Unknown, |value| self.shape(value).clone())
    }
}
