//! From syntax to model: names become values, kinds become layers, shapes are inferred line by line.

mod attributes;
mod edges;
mod line;
mod outputs;
mod scope;

use crate::model::{Model, Port, Shape};
use crate::passes::fuse::fuse;
use crate::report::Report;
use crate::syntax::{Line, Network, Ports};
use scope::Scope;

/// Resolves one network. After mistakes the model still has everything that could be understood.
pub fn network(network: Network, report: &mut Report) -> Model {
    let Network { attrs, budget, vis, name, input, output, lines, errors } = network;
    let parsed = errors.is_empty();
    errors.into_iter().for_each(|error| report.push(error));
    let title = format!("network `{name}`");
    let mut model = Model {
        attrs,
        budget,
        vis,
        name,
        title,
        inputs: ports(&input),
        outputs: ports(&output),
        results: Vec::new(),
        nodes: Vec::new(),
        bodies: Vec::new(),
        sizes: Vec::new(),
        checks: Vec::new(),
    };
    let mut scope = Scope::new(&model);
    resolve_lines(lines, &mut model, &mut scope, report);
    outputs::resolve(&mut model, &scope, parsed, report);
    model
}

fn resolve_lines(mut lines: Vec<Line>, model: &mut Model, scope: &mut Scope, report: &mut Report) {
    fuse(&mut lines, &model.outputs.iter().filter_map(|port| port.name.as_ref()).collect::<Vec<_>>());
    scope.announce(lines.iter().map(|line| line.name.clone()));
    for line in lines {
        line::resolve(line, model, scope, report);
    }
}

fn ports(ports: &Ports) -> Vec<Port> {
    match ports {
        Ports::One(shape) => vec![Port { name: None, shape: Shape::from(shape) }],
        Ports::Named(list) => {
            list.iter().map(|(name, shape)| Port { name: Some(name.clone()), shape: Shape::from(shape) }).collect()
        }
    }
}
