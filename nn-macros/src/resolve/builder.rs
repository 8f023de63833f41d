//! The layer of a line: built-in kinds, activations, weights used twice.

use super::edges::{Edge, check};
use super::line::After;
use super::scope::Scope;
use crate::kinds::{self, Elementwise, Kind, Lora, Plan, Planner, Resolved, Takes};
use crate::model::{Mirror, Model, Op, Shape, ValueId};
use crate::names::{a, closest, misspelt};
use crate::report::{Place, Range, Report};
use crate::syntax::{Call, LayerExpr};
use quote::ToTokens;
use syn::{Ident, Path};

/// A line without its name: what it does with the values it takes.
pub struct Layer {
    /// The kind, for messages and tables.
    pub kind: String,
    /// What it does.
    pub plan: Plan,
}

impl Layer {
    /// A line of which nothing is known after a mistake.
    pub fn broken() -> Self {
        Self { kind: "?".to_owned(), plan: Plan::broken(Shape::Unknown) }
    }
}

/// What a layer is made of.
pub struct Builder<'a, 'b> {
    /// The network so far.
    pub model: &'a mut Model,
    /// Where mistakes go.
    pub report: &'a mut Report,
    /// The names so far.
    pub scope: &'a Scope<'b>,
    /// The name of the line.
    pub line: &'a Ident,
    /// What it takes; none where a mistake hides which.
    pub sources: &'a [Option<ValueId>],
    /// The shapes of that.
    pub inputs: Vec<Shape>,
    /// The low-rank adapter that it is to have, until a kind takes it.
    pub lora: Option<Lora>,
}

impl Builder<'_, '_> {
    /// The layer as written. `activations` stand behind it; it takes those that it computes itself.
    pub fn layer(&mut self, layer: LayerExpr, activations: &mut Vec<After>) -> Layer {
        match layer {
            LayerExpr::Call(call) => self.call(&call, activations),
            LayerExpr::Network(path) => self.network(&path),
            LayerExpr::Array { network, count } => self.array(&network, &count),
            LayerExpr::Body(body) => self.body(body),
            LayerExpr::Own { ty, input, output } => self.own(&ty, &input, &output),
            LayerExpr::Same { word, line } => self.same(&word, &line).unwrap_or_else(Layer::broken),
            LayerExpr::Fused(kind) => {
                let input = self.one(&kind.to_string(), &kind);
                let op = if input.is_unknown() { Op::Broken } else { Op::View };
                Layer { kind: kind.to_string(), plan: Plan { takes: vec![input.clone()], gives: input, op } }
            }
            LayerExpr::Unparsed => Layer::broken(),
        }
    }

    /// A mistake of this line: `what` follows ``network `N`: layer `line` ``.
    pub fn error(
        &mut self,
        place: &impl crate::report::Place,
        what: impl std::fmt::Display,
        help: impl std::fmt::Display,
    ) {
        let message = format!("{}: layer `{}` {what}", self.model.title, self.line);
        self.report.error_help(place, message, help);
    }

    /// How messages about arguments begin.
    fn subject(&self) -> String {
        format!("{}: layer `{}`: ", self.model.title, self.line)
    }

    /// The first and the last dimension of what comes in, where they are known.
    fn features(&self) -> Option<[usize; 2]> {
        let dims = self.inputs.first()?.dims()?;
        // Of an image, the channels alone.
        let last = if dims.len() > 2 { dims.first() } else { dims.last() };
        Some([dims.first()?.value?, last?.value?])
    }

    /// What the sources are called.
    pub fn source_names(&self) -> Vec<String> {
        let name =
            |source: &Option<ValueId>| source.map_or_else(|| "?".to_owned(), |value| self.model.value_name(value));
        self.sources.iter().map(name).collect()
    }

    /// The shape of the only source, for a layer that takes one.
    pub fn one(&mut self, kind: &str, place: &impl crate::report::Place) -> Shape {
        if let [shape] = self.inputs.as_slice() {
            return shape.clone();
        }
        let help = "join them first: `Add from (a, b)` or `Concat from (a, b)`";
        self.error(place, format!("is {}, which takes one value, not {}", a(kind), self.inputs.len()), help);
        Shape::Unknown
    }

    /// The same for a layer that computes with values.
    pub fn values(&mut self, kind: &str, place: &impl crate::report::Place) -> Shape {
        let shape = self.one(kind, place);
        if shape.are_tokens() { self.tokens(kind, 0, place) } else { shape }
    }

    /// Refuses tokens.
    fn tokens(&mut self, kind: &str, source: usize, place: &impl crate::report::Place) -> Shape {
        let (name, shape) = (self.source_names().swap_remove(source), self.inputs[source].clone());
        let what = format!("is {}, which takes values (`f32`), but `{name}` gives tokens (`u32`), {shape}", a(kind));
        self.error(
            place,
            what,
            "declare the input without `u32`, or put a layer before it that makes values of tokens",
        );
        Shape::Unknown
    }

    fn call(&mut self, call: &Call, activations: &mut Vec<After>) -> Layer {
        let name = call.kind.to_string();
        if let Some(row) = kinds::find_activation(&name) {
            if row.rowwise {
                kinds::no_arguments(&self.subject(), &call.kind, call.args.as_ref(), self.report);
                let input = self.values(&name, &call.kind);
                return Layer { plan: kinds::plan_rowwise(row, input), kind: name };
            }
            let activation =
                Elementwise::of_row(row, &call.kind, call.args.as_ref(), self.line, self.model, self.report);
            let input = self.values(&name, &call.kind);
            let plan = match activation {
                Some(activation) => kinds::plan_elementwise(&activation, input),
                None => Plan::broken(input),
            };
            return Layer { plan, kind: name };
        }
        if let Some(kind) = kinds::find(&name) {
            return self.built_in(kind, call, activations);
        }
        let path = Path::from(call.kind.clone());
        if call.args.is_none() && self.scope.siblings.find(&path).is_some() {
            return self.network(&path);
        }
        if let (true, Some(args)) = (self.scope.siblings.find(&path).is_some(), &call.args) {
            let message = format!("{}`{name}` is a network, which has no arguments", self.subject());
            let place = args.list.first().map_or_else(|| Range::of(&call.kind), |arg| arg.value.range());
            self.report.error_help(&place, message, format!("write `{}: {name}`", self.line));
            return Layer::broken();
        }
        if let Some(help) = kinds::of_other_rank(&name) {
            self.unknown(&call.kind, help.to_owned());
            return Layer::broken();
        }
        // Without arguments it may be a network in scope; of misspelt ones rustc knows more.
        let resembles = match call.args {
            Some(_) => closest(&name, kinds::names()),
            None => misspelt(&name, kinds::names()),
        };
        if let Some(meant) = kinds::elsewhere(&name).or(resembles) {
            let own = format!(" (a network of yours: `self::{name}`)");
            let own = if call.args.is_none() { own } else { String::new() };
            self.unknown(&call.kind, format!("did you mean `{meant}`?{own}"));
        } else if call.args.is_some() {
            let list: Vec<_> = kinds::names().collect();
            let own = format!("a type of yours is written `{name} as [in] -> [out]`");
            self.unknown(&call.kind, format!("the kinds are {}; {own}", list.join(", ")));
        } else {
            return self.network(&path);
        }
        Layer::broken()
    }

    fn unknown(&mut self, kind: &Ident, help: String) {
        let message = format!("{}: layer `{}`: there is no layer kind `{kind}`", self.model.title, self.line);
        self.report.error_help(kind, message, help);
    }

    fn built_in(&mut self, kind: &'static Kind, call: &Call, activations: &mut Vec<After>) -> Layer {
        let args = Resolved::new(
            &self.subject(),
            kind.name,
            kind.params,
            self.features(),
            &call.kind,
            call.args.as_ref(),
            self.report,
        );
        let inputs = match kind.takes {
            Takes::One if kind.tokens => vec![self.one(kind.name, &call.kind)],
            Takes::One => vec![self.values(kind.name, &call.kind)],
            Takes::Several if self.inputs.len() < 2 || self.inputs.len() > 8 => {
                let help = format!("write `{} from (left, right)` with the names of lines", kind.name);
                let what = format!("is {}, which takes from 2 to 8 values, not {}", a(kind.name), self.inputs.len());
                self.error(&call.kind, what, help);
                vec![Shape::Unknown]
            }
            Takes::Step if self.inputs.len() != 2 => {
                let help = format!("write `{}(128) from (input, state)` with the names of lines", kind.name);
                let count = self.inputs.len();
                let what = format!("is {}, which takes two values, an input and a state, not {count}", a(kind.name));
                self.error(&call.kind, what, help);
                vec![Shape::Unknown]
            }
            Takes::Several | Takes::Step => {
                let tokens = self.inputs.iter().position(Shape::are_tokens);
                match tokens {
                    Some(source) => vec![self.tokens(kind.name, source, &call.kind)],
                    None => self.inputs.clone(),
                }
            }
        };
        let fused = match activations.first() {
            Some(After::Elementwise(activation)) if kind.fuses => Some(activation.clone()),
            _ => None,
        };
        let title = match &fused {
            None => kind.name.to_owned(),
            Some(activation) => format!("{} + {}", kind.name, activation.name),
        };
        if fused.is_some() {
            activations.remove(0);
        }
        let source_names = self.source_names();
        let unknown = inputs.iter().any(Shape::is_unknown);
        let mut planner = Planner {
            model: self.model,
            report: self.report,
            line: self.line,
            kind: kind.name,
            span: call.kind.span(),
            args,
            source_names,
            inputs,
            activation: fused,
            lora: self.lora.take(),
            kind_suffix: String::new(),
        };
        let mut plan = (kind.plan)(&mut planner).unwrap_or_else(|| Plan::broken(Shape::Unknown));
        let title = title + &planner.kind_suffix;
        self.lora = planner.lora;
        if unknown {
            plan.op = Op::Broken;
        }
        Layer { kind: title, plan }
    }

    fn same(&mut self, word: &Ident, other: &Ident) -> Option<Layer> {
        let Some(ValueId::Node(value)) = self.scope.find(other) else {
            let what = format!("is the same as `{other}`, ");
            match (self.scope.find(other), self.scope.closest(other)) {
                (Some(_), _) => self.error(other, what + "which is an input", "name a line with weights"),
                _ if other == self.line => self.error(other, what + "which is itself", "name a line above it"),
                _ if self.scope.comes_later(other) => {
                    self.error(
                        other,
                        what + "which is defined below it",
                        format!("move `{other}` above `{}`", self.line),
                    );
                }
                (None, Some(meant)) => {
                    self.error(other, what + "but there is no line of that name", format!("did you mean `{meant}`?"));
                }
                _ => self.error(other, what + "but there is no line of that name", "name a line above it"),
            }
            return None;
        };
        // An activation behind `+` may be a node of its own: the weights are those of the first node of the line.
        let of = self.model.nodes.iter().position(|node| node.line == *other).unwrap_or(value);
        let node = &self.model.nodes[of];
        let (takes, gives, of) = match node.op {
            Op::Layer { mirror, .. } if mirror != Mirror::Nothing => (node.takes.clone(), node.gives.clone(), of),
            Op::Same { of } => (node.takes.clone(), node.gives.clone(), of),
            Op::Broken => return None,
            _ => {
                let (what, kind) = (format!("is the same as `{other}`, which has no weights"), node.kind.clone());
                self.error(other, what, format!("write `{}: {kind}`", self.line));
                return None;
            }
        };
        let found = match takes.len() {
            1 => vec![self.one("same_as", word)],
            count if count == self.inputs.len() => self.inputs.clone(),
            count => {
                let what = format!("is the same as `{other}`, which takes {count} values, not {}", self.inputs.len());
                self.error(other, what, format!("write `same_as {other} from (…)` with the names of {count} lines"));
                return None;
            }
        };
        for ((takes, found), source) in takes.iter().zip(&found).zip(self.source_names()) {
            let taker = format!("layer `{}` (the same as `{other}`) takes", self.line);
            let giver = format!("`{source}` gives");
            let help = format!("the same weights take the same shape: give {takes} here, or write a layer of its own");
            let edge = Edge { taker: &taker, takes, giver: &giver, gives: found, place: Range::of(other), help: &help };
            let title = self.model.title.clone();
            check(&edge, &title, self.model, self.report);
        }
        let op = if found.iter().any(Shape::is_unknown) { Op::Broken } else { Op::Same { of } };
        Some(Layer { kind: format!("same as {other}"), plan: Plan { takes, gives, op } })
    }
}

/// The last name of a path.
pub fn path_name(path: &Path) -> String {
    path.segments.last().map_or_else(|| path.to_token_stream().to_string(), |segment| segment.ident.to_string())
}
