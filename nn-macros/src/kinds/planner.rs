//! What a kind is given to plan a line.

use super::interval::{Argument, Interval};
use super::{Axes, Elementwise, Lora, Resolved};
use crate::model::{Model, Shape};
use crate::report::{Place, Report};
use crate::syntax::Dim;
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Ident;

/// A line on its way from syntax to model.
pub struct Planner<'a> {
    /// The network so far.
    pub model: &'a mut Model,
    /// Where mistakes go.
    pub report: &'a mut Report,
    /// The name of the line.
    pub line: &'a Ident,
    /// The name of the kind.
    pub kind: &'static str,
    /// The kind as written.
    pub span: Span,
    /// Its arguments.
    pub args: Resolved<'a>,
    /// What its sources are called.
    pub source_names: Vec<String>,
    /// The shapes that its sources give.
    pub inputs: Vec<Shape>,
    /// The activation to compute in the same pass.
    pub activation: Option<Elementwise>,
    /// The low-rank adapter to put around it.
    pub lora: Option<Lora>,
    /// What tables say besides the kind.
    pub kind_suffix: String,
}

impl Planner<'_> {
    /// The shape that the only source gives.
    pub fn input(&self) -> Shape {
        self.inputs[0].clone()
    }

    /// A mistake of this line: `what` follows ``network `N`: layer `line` ``.
    pub fn error(&mut self, place: &impl Place, what: impl std::fmt::Display, help: impl std::fmt::Display) {
        let message = format!("{}: layer `{}` {what}", self.model.title, self.line);
        self.report.error_help(place, message, help);
    }

    /// The size that an argument gives, named if it is computed.
    pub fn size(&mut self, name: &str) -> Option<Dim> {
        let size = self.args.size(name)?;
        let constant = format!("{}_{}", crate::names::constant(&self.line.to_string()), name.to_uppercase());
        Some(self.model.named_size(&constant, size))
    }

    /// The shape that an argument gives, with computed dimensions named.
    pub fn shape(&mut self, name: &str) -> Option<Shape> {
        let shape = self.args.shape(name)?;
        let constant = format!("{}_{}", crate::names::constant(&self.line.to_string()), name.to_uppercase());
        Some(self.model.named_shape(&constant, shape))
    }

    /// A float argument that must lie in `interval`; none after a mistake or where it is not written.
    pub fn float(&mut self, name: &'static str, interval: &Interval) -> Option<TokenStream> {
        let argument = Argument { kind: self.kind, name, expr: self.args.expr(name)?, line: self.line };
        argument.number(interval, self.model, self.report)
    }

    /// The last dimension of the input, for kinds that work along it. A shape of one dimension is demanded of a type.
    pub fn last_dimension(&mut self) -> Option<Dim> {
        match self.input() {
            Shape::Dims { dims, .. } => dims.last().cloned(),
            Shape::Ends(last) => Some(last),
            shape @ Shape::Of { .. } => {
                let (title, line, source) = (&self.model.title, self.line, &self.source_names[0]);
                let message = format!("{title}: layer `{line}` takes one dimension, but `{source}` gives ");
                let found = shape.constant();
                let help = "\n\nhelp: put a `Flatten` line between them";
                self.model.check(&self.span, "check_rank", quote!(#message, #found, 1, #help));
                Some(shape.elements())
            }
            Shape::Inner { .. } | Shape::Unknown => None,
        }
    }

    /// Channels, height and width of the input, for kinds that work on images; none after a mistake.
    pub fn image(&mut self) -> Option<[Dim; 3]> {
        let (input, source, span) = (self.input(), self.source_names[0].clone(), self.span);
        match &input {
            Shape::Dims { dims, .. } => {
                let image = <[Dim; 3]>::try_from(dims.clone());
                if image.is_err() {
                    let count = dims.len();
                    let dimensions =
                        if count == 1 { "one dimension".to_owned() } else { format!("{count} dimensions") };
                    let what = format!(
                        "takes an image, [channels, height, width], but `{source}` gives {input}, {dimensions}"
                    );
                    let help = match count {
                        4 if self.takes_input() => {
                            "a shape is that of one sample, without the batch: declare [channels, height, width]"
                                .to_owned()
                        }
                        2 => self.or_of_rank(
                            "1d",
                            "a sequence",
                            "put a `Reshape([channels, height, width])` line before it",
                        ),
                        _ => "put a `Reshape([channels, height, width])` line before it".to_owned(),
                    };
                    self.error(&span, what, help);
                }
                image.ok()
            }
            Shape::Of { ty, text } => {
                let help = "put a `Reshape([channels, height, width])` line before it";
                Some(self.dimensions_of_type(ty, text, "takes an image, [channels, height, width], but", help))
            }
            Shape::Inner { .. } | Shape::Ends(_) | Shape::Unknown => None,
        }
    }

    /// `help`, after the kind over `what` comes in, if there is one: that whose name has the other `rank` at its end.
    fn or_of_rank(&self, rank: &str, what: &str, help: &str) -> String {
        let other = format!("{}{rank}", self.kind.trim_end_matches("1d").trim_end_matches("2d"));
        match super::find(&other) {
            Some(_) => format!("write `{other}` for {what}, or {help}"),
            None => help.to_owned(),
        }
    }

    /// Whether what it takes looks like an input of the network.
    pub fn takes_input(&self) -> bool {
        let input = self.input();
        self.model.inputs.iter().any(|port| port.shape.same_as(&input))
    }

    /// The shape that was meant where the input of the network looks like [height, width, channels].
    pub fn channels_last(&self) -> Option<Shape> {
        let input = self.input();
        let dims = <&[Dim; 3]>::try_from(input.dims()?).ok()?;
        let [height, width, channels] = dims.clone().map(|dim| dim.value);
        let looks_so = matches!(channels?, 1 | 3) && height? > 4 && width? > 4;
        let [height, width, channels] = dims.clone();
        (self.takes_input() && looks_so).then(|| Shape::values(vec![channels, height, width]))
    }

    /// Channels and length of the input, for kinds that work along them; none after a mistake.
    pub fn sequence(&mut self) -> Option<[Dim; 2]> {
        let reshape = "put a `Reshape([channels, length])` line before it";
        let image = self.or_of_rank("2d", "an image", reshape);
        self.two_dimensions(Axes::Channels, reshape, |dims| match dims.len() {
            3 => image.clone(),
            _ => reshape.to_owned(),
        })
    }

    /// Steps and features of the input, for kinds that go from step to step; none after a mistake.
    pub fn steps(&mut self) -> Option<[Dim; 2]> {
        let reshape = "put a `Reshape([steps, features])` line before it";
        self.two_dimensions(Axes::Steps, reshape, |dims| match dims {
            [features] => format!("{reshape}: `Reshape([{features}, 1])` makes a step of every number"),
            [channels, height, width] if channels.value == Some(1) => {
                format!("put a `Reshape([{height}, {width}])` line before it: every row of the image is a step")
            }
            _ => format!("{reshape}, behind a `Permute` if the steps are not the first dimension"),
        })
    }

    /// The dimensions of a sequence with these axes; `help` is for what has other dimensions, `reshape` for what is a type.
    fn two_dimensions(&mut self, axes: Axes, reshape: &str, help: impl Fn(&[Dim]) -> String) -> Option<[Dim; 2]> {
        let (input, source, span, names) = (self.input(), self.source_names[0].clone(), self.span, axes.text());
        match &input {
            Shape::Dims { dims, .. }
                if dims.len() == 2
                    && let Some(found) = self.axes().filter(|found| *found != axes) =>
            {
                let what = format!("takes a sequence, {names}, but `{source}` gives {input} as {}", found.text());
                let help = format!("put a `Permute([2, 1])` line before it, which gives [{}, {}]", dims[1], dims[0]);
                self.error(&span, what, help);
                None
            }
            Shape::Dims { dims, .. } => {
                let sequence = <[Dim; 2]>::try_from(dims.clone());
                if sequence.is_err() {
                    let count = dims.len();
                    let count = if count == 1 { "one dimension".to_owned() } else { format!("{count} dimensions") };
                    let what = format!("takes a sequence, {names}, but `{source}` gives {input}, {count}");
                    self.error(&span, what, help(dims));
                }
                sequence.ok()
            }
            Shape::Of { ty, text } => {
                Some(self.dimensions_of_type(ty, text, &format!("takes a sequence, {names}, but"), reshape))
            }
            Shape::Inner { .. } | Shape::Ends(_) | Shape::Unknown => None,
        }
    }

    /// The dimensions of what comes in where that is a type, of which `N` are demanded: it `takes …, but` that is what it gives.
    fn dimensions_of_type<const N: usize>(
        &mut self,
        ty: &TokenStream,
        text: &str,
        takes: &str,
        help: &str,
    ) -> [Dim; N] {
        let (source, found) = (&self.source_names[0], self.input().constant());
        let message = format!("{}: layer `{}` {takes} `{source}` gives ", self.model.title, self.line);
        let help = format!("\n\nhelp: {help}");
        self.model.check(&self.span, "check_rank", quote!(#message, #found, #N, #help));
        let line = crate::names::constant(&self.line.to_string());
        std::array::from_fn(|i| {
            let size = quote!(<#ty as ::nn::Sample>::SHAPE.dims()[#i]);
            self.model.derived_size(&format!("{line}_IN_{i}"), Dim::computed(size, format!("{text}[{i}]")))
        })
    }

    /// Checks an input size that is written against the one that comes in.
    pub fn check_written(&mut self, name: &str, found: &Dim) {
        let (Some(written), Some(place)) = (self.args.left(name), self.args.left_place(name)) else { return };
        let source = self.source_names[0].clone();
        let constant = format!("{}_TAKES", crate::names::constant(&self.line.to_string()));
        let written = self.model.named_size(&constant, written);
        let (kind, input) = (self.kind, self.input());
        let size = self.args.size(name).map_or_else(String::new, |size| size.to_string());
        // Of an image the channels are written.
        let image = name == "channels";
        let [inferred, exact] = match image {
            true => [format!("`{size}`"), format!("`{found} -> {size}`")],
            false => [format!("`{kind}({size})`"), format!("`{kind}({found} -> {size})`")],
        };
        if written.differs_from(found) {
            let help = format!("write {exact}, or leave the input size out: {inferred}");
            let what = match image {
                true => {
                    let what = if input.dims().is_some_and(|dims| dims.len() == 2) { "a sequence" } else { "an image" };
                    format!("takes {written} channels, but `{source}` gives {found}, {what} of {input}")
                }
                false => {
                    let [written, found] = [&written, found].map(|last| Shape::values(with_last(&input, last)));
                    format!("takes {written}, but `{source}` gives {found}")
                }
            };
            self.error(&place, what, help);
        } else if !written.same_as(found) {
            let message = format!("{}: layer `{}` takes ", self.model.title, self.line);
            let middle = format!("{}, but `{source}` gives ", if image { " channels" } else { "" });
            let help = format!("\n\nhelp: leave the input size out, it is inferred: {inferred}");
            let [written, found] = [&written, found].map(|size| match image {
                true => size.tokens.clone(),
                false => {
                    let dims = with_last(&input, size).into_iter().map(|dim| dim.tokens);
                    quote!(::nn::Shape::new(&[#(#dims),*]))
                }
            });
            let check = if image { "check_equal" } else { "check_same" };
            self.model.check(&place, check, quote!(#message, #written, #middle, #found, #help));
        }
    }
}

/// The dimensions of `shape` with another one at the end.
fn with_last(shape: &Shape, last: &Dim) -> Vec<Dim> {
    let outer = shape.dims().and_then(<[Dim]>::split_last).map_or(&[][..], |(_, outer)| outer);
    outer.iter().chain([last]).cloned().collect()
}
