//! One line: its sources, its layer, its activations.

use super::edges::{Edge, check};
use super::scope::Scope;
use super::{attributes, outputs, resolve_lines};
use crate::kinds::{self, Elementwise, Kind, Plan, Planner, Resolved, Takes};
use crate::model::{Mirror, Model, Node, Op, Port, Shape, ValueId};
use crate::names::{closest, pascal};
use crate::report::Report;
use crate::syntax::{Args, Call, Dim, LayerExpr, Line, ShapeExpr};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Ident, Path, Type};

/// A line without its name: what it does with the values it takes.
struct Layer {
    kind: String,
    plan: Plan,
}

/// Adds a line, and what its activations need, to the model.
pub fn resolve(line: Line, model: &mut Model, scope: &mut Scope, report: &mut Report) {
    let Line { attrs, name, layer, activations, from } = line;
    let attributes = attributes::read(attrs, &name, report);
    let sources: Option<Vec<ValueId>> = match &from {
        Some(names) => {
            let title = model.title.clone();
            let taken: Vec<_> = names.iter().map(|source| scope.take(source, &name, &title, report)).collect();
            taken.into_iter().collect()
        }
        None => match scope.take_above() {
            Some(value) => Some(vec![value]),
            None => {
                let help = format!("write `from` and one of {}", scope.list());
                report.error_help(
                    &name,
                    format!("{}: layer `{name}` does not say which input it takes", model.title),
                    help,
                );
                None
            }
        },
    };
    let mut activations = elementwise(activations, report);
    let planned = sources.as_ref().and_then(|sources| {
        let mut builder = Builder { model, report, scope, line: &name, sources };
        builder.layer(layer, &mut activations)
    });
    let file_name = attributes.file_name.unwrap_or_else(|| name.to_string());
    if let Some(other) = model.nodes.iter().find(|node| node.file_name == file_name && node.name != name) {
        let help = format!("`{}` has it already", other.name);
        report.error_help(&name, format!("{}: two layers are called `{file_name}` in files", model.title), help);
    }
    let (kind, plan) = match planned {
        Some(Layer { kind, plan }) => (kind, plan),
        None => ("?".to_owned(), Plan { takes: vec![Shape::Unknown], gives: Shape::Unknown, op: Op::Broken }),
    };
    let sources = sources.unwrap_or_default();
    let node = Node {
        name: name.clone(),
        file_name,
        docs: attributes.docs,
        kind,
        sources,
        takes: plan.takes,
        gives: plan.gives,
        op: plan.op,
    };
    model.nodes.push(node);
    let mut value = ValueId::Node(model.nodes.len() - 1);
    for activation in activations {
        value = add_activation(activation, &name, value, model);
    }
    scope.define(&name, value, report);
}

/// An activation behind `+`.
enum After {
    Elementwise(Elementwise),
    Rowwise(&'static nn_spec::Activation),
}

fn elementwise(calls: Vec<Call>, report: &mut Report) -> Vec<After> {
    calls.into_iter().filter_map(|Call { kind, args }| after(&kind, args.as_ref(), report)).collect()
}

fn after(kind: &Ident, args: Option<&Args>, report: &mut Report) -> Option<After> {
    let name = kind.to_string();
    if let Some(row) = kinds::find_activation(&name) {
        if row.rowwise {
            return Some(After::Rowwise(row));
        }
        return Elementwise::of_row(row, kind, args, report).map(After::Elementwise);
    }
    if kinds::find(&name).is_some() {
        let help = format!("write a line of its own: `{}: {name}`", name.to_lowercase());
        report.error_help(kind, format!("`{name}` is a layer, and only activations follow a `+`"), help);
        return None;
    }
    match closest(&name, kinds::activation_names()) {
        Some(meant) => {
            report.error_help(kind, format!("there is no activation `{name}`"), format!("did you mean `{meant}`?"))
        }
        None if args.is_none() => return Some(After::Elementwise(Elementwise::own(kind))),
        None => {
            let help = "built-in are: ".to_owned() + &kinds::activation_names().collect::<Vec<_>>().join(", ");
            report.error_help(kind, format!("there is no activation `{name}`"), help);
        }
    }
    None
}

/// An activation that is not computed together with its layer becomes a line of its own.
fn add_activation(activation: After, line: &Ident, source: ValueId, model: &mut Model) -> ValueId {
    let input = model.shape(source).clone();
    let (kind, plan) = match &activation {
        _ if input.is_unknown() => return source,
        After::Elementwise(elementwise) => (elementwise.name.clone(), kinds::plan_elementwise(elementwise, input)),
        After::Rowwise(row) => (row.name.to_owned(), kinds::plan_rowwise(row, input)),
    };
    let name = Ident::new(&format!("{line}_{}", kind.to_lowercase()), line.span());
    let file_name = name.to_string();
    let Plan { takes, gives, op } = plan;
    model.nodes.push(Node { name, file_name, docs: Vec::new(), kind, sources: vec![source], takes, gives, op });
    ValueId::Node(model.nodes.len() - 1)
}

struct Builder<'a> {
    model: &'a mut Model,
    report: &'a mut Report,
    scope: &'a Scope,
    line: &'a Ident,
    sources: &'a [ValueId],
}

impl Builder<'_> {
    fn layer(&mut self, layer: LayerExpr, activations: &mut Vec<After>) -> Option<Layer> {
        match layer {
            LayerExpr::Call(call) => self.call(&call, activations),
            LayerExpr::Network(path) => self.network(path.to_token_stream(), path_name(&path), path.span(), None),
            LayerExpr::Array { network, count } => self.array(&network, &count),
            LayerExpr::Residual { word, lines } => self.residual(&word, lines),
            LayerExpr::Own { ty, input, output } => self.own(&ty, &input, &output),
            LayerExpr::Same { word, line } => self.same(&word, &line),
            LayerExpr::Fused(kind) => {
                let input = self.one(&kind.to_string(), kind.span())?;
                let plan = Plan { takes: vec![input.clone()], gives: input, op: Op::View };
                Some(Layer { kind: kind.to_string(), plan })
            }
        }
    }

    fn inputs(&self) -> Vec<Shape> {
        self.sources.iter().map(|source| self.model.shape(*source).clone()).collect()
    }

    fn source_names(&self) -> Vec<String> {
        self.sources.iter().map(|source| self.model.value_name(*source)).collect()
    }

    /// One source for a layer that takes one.
    fn one(&mut self, kind: &str, span: Span) -> Option<Shape> {
        if let [source] = self.sources {
            let shape = self.model.shape(*source).clone();
            return (!shape.is_unknown()).then_some(shape);
        }
        let message = format!(
            "{}: layer `{}` is a `{kind}`, which takes one value, not {}",
            self.model.title,
            self.line,
            self.sources.len()
        );
        self.report.error_help(&span, message, "join them first: `Add from (a, b)` or `Concat from (a, b)`");
        None
    }

    fn call(&mut self, call: &Call, activations: &mut Vec<After>) -> Option<Layer> {
        let name = call.kind.to_string();
        let span = call.kind.span();
        if let Some(row) = kinds::find_activation(&name) {
            if row.rowwise {
                let input = self.one(&name, span)?;
                return Some(Layer { plan: kinds::plan_rowwise(row, input), kind: name });
            }
            let activation = Elementwise::of_row(row, &call.kind, call.args.as_ref(), self.report)?;
            let input = self.one(&name, span)?;
            return Some(Layer { plan: kinds::plan_elementwise(&activation, input), kind: name });
        }
        if let Some(kind) = kinds::find(&name) {
            return self.built_in(kind, call, activations);
        }
        if let Some(meant) = closest(&name, kinds::names()) {
            self.unknown(&call.kind, format!("did you mean `{meant}`?"));
            return None;
        }
        if call.args.is_some() {
            let list: Vec<_> = kinds::names().collect();
            self.unknown(
                &call.kind,
                format!("the kinds are {}; a type of yours is written `{name} as [in] -> [out]`", list.join(", ")),
            );
            return None;
        }
        self.network(call.kind.to_token_stream(), name, span, None)
    }

    fn unknown(&mut self, kind: &Ident, help: String) {
        self.report.error_help(kind, format!("{}: there is no layer kind `{kind}`", self.model.title), help);
    }

    fn built_in(&mut self, kind: &'static Kind, call: &Call, activations: &mut Vec<After>) -> Option<Layer> {
        let span = call.kind.span();
        let args = Resolved::new(kind.name, span, kind.params, call.args.as_ref(), self.report);
        match kind.takes {
            Takes::One => {
                self.one(kind.name, span)?;
            }
            Takes::Several if self.sources.len() < 2 || self.sources.len() > 8 => {
                let message = format!(
                    "{}: layer `{}` is an `{}`, which takes from 2 to 8 values",
                    self.model.title, self.line, kind.name
                );
                let help = format!("write `{} from (a, b)` with the names of lines", kind.name);
                self.report.error_help(&span, message, help);
                return None;
            }
            Takes::Several if self.inputs().iter().any(Shape::is_unknown) => return None,
            Takes::Several => {}
        }
        let fused = match activations.first() {
            Some(After::Elementwise(activation)) if kind.fuses => Some(activation.clone()),
            _ => None,
        };
        let title = fused
            .as_ref()
            .map_or_else(|| kind.name.to_owned(), |activation| format!("{} + {}", kind.name, activation.name));
        if fused.is_some() {
            activations.remove(0);
        }
        let (source_names, inputs) = (self.source_names(), self.inputs());
        let mut planner = Planner {
            model: self.model,
            report: self.report,
            line: self.line,
            kind: kind.name,
            span,
            args: args?,
            source_names,
            inputs,
            activation: fused,
        };
        let plan = (kind.plan)(&mut planner)?;
        Some(Layer { kind: title, plan })
    }

    /// A type whose shapes only the compiler knows.
    fn network(&mut self, ty: TokenStream, kind: String, span: Span, new: Option<TokenStream>) -> Option<Layer> {
        let found = self.one(&kind, span)?;
        let takes = Shape::Of(quote!(<#ty as ::nn::Layer>::In));
        let gives = Shape::Of(quote!(<#ty as ::nn::Layer>::Out));
        let taker = format!("layer `{}`", self.line);
        let giver = self.source_names().remove(0);
        let help = format!("change what `{giver}` gives, or what `{kind}` takes");
        check(
            &Edge { taker: &taker, takes: &takes, giver: &giver, gives: &found, span, help: &help },
            self.model,
            self.report,
        );
        let new = new.unwrap_or_else(|| quote_spanned!(span=> <#ty as ::core::default::Default>::default()));
        Some(Layer {
            kind,
            plan: Plan { takes: vec![takes], gives, op: Op::Layer { ty, new, mirror: Mirror::Own, recast: false } },
        })
    }

    fn array(&mut self, network: &Path, count: &Expr) -> Option<Layer> {
        let name = path_name(network);
        let count = Dim::of_expr(count);
        if count.value == Some(0) {
            let message = format!("{}: layer `{}` repeats `{name}` 0 times", self.model.title, self.line);
            self.report.error_help(network, message, "write at least 1, or remove the line");
            return None;
        }
        let message = format!("{}: layer `{}` repeats `{name}`, which takes ", self.model.title, self.line);
        let (span, tokens) = (network.span(), &count.tokens);
        self.model.checks.push(quote_spanned!(span=>
            const _: () = ::nn::expand::check_same(
                #message,
                <<#network as ::nn::Layer>::In as ::nn::Sample>::SHAPE,
                " but gives ",
                <<#network as ::nn::Layer>::Out as ::nn::Sample>::SHAPE,
                "\n\nhelp: a network that is repeated gives what it takes",
            );
        ));
        let ty = quote!([#network; #tokens]);
        let new = quote!(::core::array::from_fn(|_| <#network as ::core::default::Default>::default()));
        let mut layer = self.network(quote!(#network), format!("[{name}; {count}]"), span, Some(new))?;
        if let Op::Layer { ty: element, .. } = &mut layer.plan.op {
            *element = ty;
        }
        Some(layer)
    }

    fn own(&mut self, ty: &Type, input: &ShapeExpr, output: &ShapeExpr) -> Option<Layer> {
        let name = ty.to_token_stream().to_string().replace(' ', "");
        let found = self.one(&name, ty.span())?;
        let (takes, gives) = (Shape::from(input), Shape::from(output));
        let taker = format!("layer `{}` (`{name}`)", self.line);
        let giver = self.source_names().remove(0);
        let help = format!("write `{name} as {found} -> {gives}` if that is what it takes");
        check(
            &Edge { taker: &taker, takes: &takes, giver: &giver, gives: &found, span: input.span, help: &help },
            self.model,
            self.report,
        );
        for (word, declared, side, span) in [("takes", &takes, "In", input.span), ("gives", &gives, "Out", output.span)]
        {
            let side = format_ident!("{side}");
            let message = format!("{}: layer `{}` says that `{name}` {word} ", self.model.title, self.line);
            let (middle, declared) = (format!(", but its `impl Layer` {word} "), declared.constant());
            self.model.checks.push(quote_spanned!(span=>
                const _: () = ::nn::expand::check_same(#message, #declared, #middle, <<#ty as ::nn::Layer>::#side as ::nn::Sample>::SHAPE, "");
            ));
        }
        let takes = Shape::Of(quote!(<#ty as ::nn::Layer>::In));
        let new = quote_spanned!(ty.span()=> <#ty as ::core::default::Default>::default());
        let op = Op::Layer { ty: ty.to_token_stream(), new, mirror: Mirror::Own, recast: true };
        Some(Layer { kind: name, plan: Plan { takes: vec![takes], gives, op } })
    }

    fn residual(&mut self, word: &Ident, lines: Vec<Line>) -> Option<Layer> {
        let input = self.one("Residual", word.span())?;
        if lines.is_empty() {
            let message = format!("{}: the body of `{}` is empty", self.model.title, self.line);
            self.report.error_help(
                word,
                message,
                "a residual adds what its lines give to what they take: write at least one",
            );
            return None;
        }
        let name = format_ident!("{}{}", self.model.name, pascal(&self.line.to_string()), span = self.line.span());
        let mut body = Model {
            attrs: Vec::new(),
            budget: Vec::new(),
            vis: self.model.vis.clone(),
            name: name.clone(),
            title: format!("{}, body of `{}`", self.model.title, self.line),
            inputs: vec![Port { name: None, shape: input.clone() }],
            outputs: vec![Port { name: None, shape: input.clone() }],
            results: Vec::new(),
            nodes: Vec::new(),
            bodies: Vec::new(),
            sizes: Vec::new(),
            checks: Vec::new(),
        };
        let doc = format!("The body of `{}` in [`{}`].", self.line, self.model.name);
        body.attrs.push(syn::parse_quote!(#[doc = #doc]));
        let mut scope = Scope::new(&body);
        resolve_lines(lines, &mut body, &mut scope, self.report);
        outputs::resolve_body(&mut body, &scope, word, self.report);
        self.model.bodies.push(body);
        let op = Op::Layer {
            ty: quote!(::nn::layers::Residual<#name>),
            new: quote!(::nn::layers::Residual(<#name as ::core::default::Default>::default())),
            mirror: Mirror::Own,
            recast: false,
        };
        Some(Layer { kind: "Residual".to_owned(), plan: Plan { takes: vec![input.clone()], gives: input, op } })
    }

    fn same(&mut self, word: &Ident, other: &Ident) -> Option<Layer> {
        let of = match self.scope.find(other) {
            Some(ValueId::Node(of)) => of,
            _ => {
                let help =
                    match closest(&other.to_string(), self.model.nodes.iter().map(|node| node.file_name.as_str())) {
                        Some(meant) => format!("did you mean `{meant}`?"),
                        None => "name a line above this one".to_owned(),
                    };
                self.report.error_help(
                    other,
                    format!("{}: there is no line `{other}` above `{}`", self.model.title, self.line),
                    help,
                );
                return None;
            }
        };
        let node = &self.model.nodes[of];
        let (takes, gives, of) = match node.op {
            Op::Layer { .. } if node.sources.len() == 1 => (node.takes[0].clone(), node.gives.clone(), of),
            Op::Same { of } => (node.takes[0].clone(), node.gives.clone(), of),
            Op::Broken => return None,
            _ => {
                let message = format!("{}: `{other}` has no weights that could be used twice", self.model.title);
                self.report.error_help(word, message, format!("write `{}` again", node.kind));
                return None;
            }
        };
        let found = self.one("same_as", word.span())?;
        let taker = format!("layer `{}` (the same as `{other}`)", self.line);
        let giver = self.source_names().remove(0);
        let edge = Edge {
            taker: &taker,
            takes: &takes,
            giver: &giver,
            gives: &found,
            span: word.span(),
            help: "the same weights take the same shape",
        };
        if !check(&edge, self.model, self.report) {
            return None;
        }
        Some(Layer { kind: format!("same as {other}"), plan: Plan { takes: vec![takes], gives, op: Op::Same { of } } })
    }
}

fn path_name(path: &Path) -> String {
    path.segments.last().map_or_else(String::new, |segment| segment.ident.to_string())
}
