//! Layers that are types: networks, arrays of networks, types of the user's.

use super::alias_name;
use super::builder::{Builder, Layer, path_name};
use super::edges::{Edge, check};
use super::siblings::{Sibling, is_more_private};
use crate::kinds::Plan;
use crate::model::{Mirror, Op, Order, Remake, Shape};
use crate::names::a;
use crate::report::{Place, Range};
use crate::syntax::{ShapeExpr, tidy};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use std::rc::Rc;
use syn::{Expr, Ident, Path, Type};

/// What a line has found out about a network.
struct Found {
    /// Its type, or an alias of it that is checked to be a layer.
    ty: TokenStream,
    takes: Shape,
    gives: Shape,
    /// Whether it is one of the same call that takes one image and gives one: such a network can stand in any order.
    image: bool,
}

/// An alias of `ty` that is that type if `check`, evaluated while the program compiles, is true. If `check` panics, that is told
/// once, and the compiler is silent about all uses of the alias.
pub fn known(alias: &Ident, ty: &TokenStream, check: &TokenStream) -> TokenStream {
    let doc = format!(" `{}`, once it is known that it can stand here.", tidy(ty));
    quote! {
        #[doc = #doc]
        type #alias = ::nn::expand::Known<#ty, {
            #[allow(unused_imports)]
            use ::nn::expand::{Probe, Unknown as _};
            #check
        }>;
    }
}

impl Builder<'_, '_> {
    /// A network that stands as a line.
    pub fn network(&mut self, path: &Path) -> Layer {
        let kind = path_name(path);
        // Of one that takes several values, that is what is said.
        let Some(Found { ty, takes, gives, image }) = self.find(path, "") else { return Layer::broken() };
        let input = self.one(&kind, path);
        let place = Range::of(path);
        self.edge(&kind, &takes, &input, place);
        let (new, order) = if image {
            let network = ty.clone();
            let make =
                move |from: &TokenStream, to: &TokenStream| quote!(::nn::layers::Reordered<#network, #from, #to>);
            (quote!(::core::default::Default::default()), Order::Any(Rc::new(make)))
        } else {
            (quote_spanned!(span(path)=> <#ty as ::core::default::Default>::default()), Order::Fixed)
        };
        let op = Op::Layer { ty, new, mirror: Mirror::Own, recast: false, order };
        self.layer_of(kind, &input, takes, gives, op)
    }

    /// `[Block; 3]`.
    pub fn array(&mut self, path: &Path, count: &Expr) -> Layer {
        let name = path_name(path);
        if let Some(kind) = path.get_ident().filter(|kind| crate::kinds::names().any(|name| *kind == name)) {
            let help = format!(
                "declare it as a network, `struct Block: [128] -> [128] {{ … }}`, and write `[Block; {}]`",
                tidy(&count.to_token_stream())
            );
            self.error(path, format!("repeats the layer kind `{kind}`, but only a network can be repeated"), help);
            return Layer::broken();
        }
        let Some(count) = self.count(&name, count) else { return Layer::broken() };
        let Some(Found { ty, takes, gives, image }) = self.find(path, "Element") else { return Layer::broken() };
        let input = self.one(&name, path);
        let (kind, number) = (format!("[{name}; {count}]"), &count.tokens);
        let subject = format!("{}: layer `{}` repeats `{name}`, which takes ", self.model.title, self.line);
        let help = "a network that is repeated gives what it takes";
        let mut array = quote!([#ty; #number]);
        if takes.differs_from(&gives) {
            self.report.error_help(path, format!("{subject}{takes} but gives {gives}"), help);
            return Layer { kind, plan: Plan::broken(Shape::Unknown) };
        }
        if !takes.same_as(&gives) {
            let Some(alias) = alias_name(self.model, self.line, "", self.report) else { return Layer::broken() };
            let (from, to) = (takes.constant(), gives.constant());
            let help = format!("\n\nhelp: {help}");
            let check = Range::of(path).call("check_same", quote!(#subject, #from, " but gives ", #to, #help));
            self.model.types.push(known(&alias, &array, &quote!(#check; true)));
            array = alias.to_token_stream();
        }
        self.edge(&name, &takes, &input, Range::of(path));
        let (new, order) = if image && takes.same_as(&gives) {
            let number = number.clone();
            let make = move |sample: &TokenStream, _: &TokenStream| quote!([::nn::layers::Reordered<#ty, #sample, #sample>; #number]);
            let new = quote!(::core::array::from_fn(|_| ::core::default::Default::default()));
            (new, Order::Same(Rc::new(make) as Remake))
        } else {
            (quote!(::core::array::from_fn(|_| <#ty as ::core::default::Default>::default())), Order::Fixed)
        };
        let op = Op::Layer { ty: array, new, mirror: Mirror::Own, recast: false, order };
        self.layer_of(kind, &input, takes, gives, op)
    }

    /// `Type as [a] -> [b]`.
    pub fn own(&mut self, ty: &Type, input: &ShapeExpr, output: &ShapeExpr) -> Layer {
        let name = tidy(&ty.to_token_stream());
        let found = self.one(&name, ty);
        let prefix = crate::names::constant(&self.line.to_string());
        let takes = self.model.named_shape(&format!("{prefix}_TAKES"), input);
        let gives = self.model.named_shape(&format!("{prefix}_GIVES"), output);
        let taker = format!("layer `{}` (`{name}`) takes", self.line);
        let giver = format!("`{}` gives", self.source_names().remove(0));
        let help = format!("write `{name} as {found} -> {gives}` if that is what it takes");
        let place = input.span.range();
        let edge = Edge { taker: &taker, takes: &takes, giver: &giver, gives: &found, place, help: &help };
        let title = self.model.title.clone();
        check(&edge, &title, self.model, self.report);
        let Some(ty) = self.checked(&ty.to_token_stream(), &name, "", takes.are_tokens()) else {
            return Layer { kind: name, plan: Plan::broken(gives) };
        };
        for (word, declared, side, place) in [("takes", &takes, "In", input), ("gives", &gives, "Out", output)] {
            let message = format!("{}: layer `{}` says that `{name}` {word} ", self.model.title, self.line);
            let (middle, declared) = (format!(", but its `impl Layer` {word} "), declared.constant());
            let actual = Shape::of(&ty, &name, side).constant();
            let help = "\n\nhelp: write the shapes of the `impl`";
            self.model.check(&place.span, "check_same", quote!(#message, #declared, #middle, #actual, #help));
        }
        let new = quote!(<#ty as ::core::default::Default>::default());
        let takes = Shape::of(&ty, &name, "In");
        let op = Op::Layer { ty, new, mirror: Mirror::Own, recast: true, order: Order::Fixed };
        self.layer_of(name, &found, takes, gives, op)
    }

    fn layer_of(&mut self, kind: String, input: &Shape, takes: Shape, gives: Shape, op: Op) -> Layer {
        let op = if input.is_unknown() { Op::Broken } else { op };
        Layer { kind, plan: Plan { takes: vec![takes], gives, op } }
    }

    fn edge(&mut self, kind: &str, takes: &Shape, gives: &Shape, place: Range) {
        let source = self.source_names().remove(0);
        let (taker, giver) = (format!("layer `{}` takes", self.line), format!("`{source}` gives"));
        let help = format!("change what `{source}` gives, or what `{kind}` takes");
        let edge = Edge { taker: &taker, takes, giver: &giver, gives, place, help: &help };
        let title = self.model.title.clone();
        check(&edge, &title, self.model, self.report);
    }

    /// The network that a path names: one of the same call, whose shapes are known, or one that only the compiler knows.
    fn find(&mut self, path: &Path, suffix: &str) -> Option<Found> {
        let (name, ty) = (path_name(path), path.to_token_stream());
        let (takes, gives) = match self.scope.siblings.find(path) {
            None => {
                let tokens = self.inputs.first().is_some_and(Shape::are_tokens);
                let ty = self.checked(&ty, &name, suffix, tokens)?;
                let (takes, gives) = (Shape::of(&ty, &name, "In"), Shape::of(&ty, &name, "Out"));
                return Some(Found { ty, takes, gives, image: false });
            }
            Some(Sibling::Headless) => {
                self.model.poison.get_or_insert(ty);
                return None;
            }
            Some(Sibling::Known { takes, gives, vis }) => {
                if let (true, Some(network)) = (is_more_private(vis, &self.model.vis), path.get_ident()) {
                    self.model.hidden.push((self.line.clone(), network.clone()));
                }
                (takes.clone(), gives.clone())
            }
        };
        let (Some(takes), Some(gives)) = (&takes, &gives) else {
            let (what, help) = if takes.is_none() {
                (
                    "takes",
                    format!("declare `{name}` with one input, and join the values before it: `Concat from (a, b)`"),
                )
            } else {
                ("gives", format!("declare `{name}` with one output, or write its lines here"))
            };
            self.error(
                path,
                format!("is {}, which {what} several values; a line takes one and gives one", a(&name)),
                help,
            );
            return None;
        };
        if self.scope.siblings.contain_each_other(self.scope.network, path) {
            let outer = self.scope.network;
            let what = if *outer == name {
                "the network that it stands in".to_owned()
            } else {
                format!("which contains `{outer}`")
            };
            self.error(path, format!("is {}, {what}", a(&name)), "a network cannot contain itself");
            return None;
        }
        let constant = crate::names::constant(&name);
        let takes = self.model.named_shape(&format!("{constant}_TAKES"), takes);
        let gives = self.model.named_shape(&format!("{constant}_GIVES"), gives);
        let image = takes.is_image() && gives.is_image();
        Some(Found { ty, takes, gives, image })
    }

    /// An alias of a type that only the compiler knows, which is checked to be a layer that can be a line.
    fn checked(&mut self, ty: &TokenStream, name: &str, suffix: &str, tokens: bool) -> Option<TokenStream> {
        let alias = alias_name(self.model, self.line, suffix, self.report)?;
        let subject = format!("{}: layer `{}` is {}", self.model.title, self.line, a(name));
        let takes = if tokens { quote!(TAKES_TOKENS) } else { quote!(TAKES_VALUES) };
        let element = if tokens { "tokens (`u32`)" } else { "values (`f32`)" };
        let check = Range::of(ty).call(
            "check_layer",
            quote!(#subject, #name, #element, ::nn::expand::Found {
                layer: Probe::<#ty>::LAYER,
                takes_one: Probe::<#ty>::TAKES_ONE,
                takes_element: Probe::<#ty>::#takes,
                gives_one: Probe::<#ty>::GIVES_ONE,
                gives_values: Probe::<#ty>::GIVES_VALUES,
                default: Probe::<#ty>::DEFAULT,
            }),
        );
        self.model.types.push(known(&alias, ty, &check));
        Some(alias.to_token_stream())
    }
}

fn span(path: &Path) -> proc_macro2::Span {
    syn::spanned::Spanned::span(path)
}
