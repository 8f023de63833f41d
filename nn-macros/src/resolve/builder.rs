//! The layer of a line: built-in kinds, activations, weights used twice.

use super::line::After;
use super::scope::Scope;
use crate::kinds::{self, Elementwise, Kind, Lora, Plan, Planner, Resolved, Takes};
use crate::model::{Model, Op, Shape, ValueId};
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
            "put an `Embedding(vocabulary, features)` line before it, or declare the input without `u32`",
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
        if let Some(help) = kinds::in_words(&name) {
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
}

/// The last name of a path.
pub fn path_name(path: &Path) -> String {
    path.segments.last().map_or_else(|| path.to_token_stream().to_string(), |segment| segment.ident.to_string())
}
