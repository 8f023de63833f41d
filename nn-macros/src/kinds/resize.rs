//! `ZeroPad2d(1)`, `Upsample(2)`: images of another size, pixel by pixel.

use super::window::{AXES, pair, written_padding};
use super::{Axes, Form, Kind, Param, Plan, Planner, Takes};
use crate::model::{Mirror, Op, Order, Shape};
use crate::names::constant;
use crate::syntax::Dim;
use proc_macro2::TokenStream;
use quote::quote;
use std::rc::Rc;

/// Zeros around an image.
pub const ZERO_PAD2D: Kind = Kind {
    name: "ZeroPad2d",
    params: &[Param::required("padding", Form::Border, "1")],
    takes: Takes::One,
    tokens: false,
    fuses: false,
    axes: Axes::Channels,
    plan: zero_pad,
};

/// An image with so many times as many rows and columns.
pub const UPSAMPLE: Kind = Kind {
    name: "Upsample",
    params: &[
        Param::required("factor", Form::Pair, "2"),
        Param::optional("mode", Form::Word(&["nearest", "bilinear"]), "bilinear"),
        Param::optional("align_corners", Form::Bool, "true"),
    ],
    plan: upsample,
    ..ZERO_PAD2D
};

fn zero_pad(planner: &mut Planner<'_>) -> Option<Plan> {
    let [channels, rows, columns] = planner.image()?;
    let padding = written_padding(planner)?;
    let size = [rows, columns];
    let output = [0, 1].map(|i| {
        let sizes = [&padding[i][0], &size[i], &padding[i][1]];
        let [before, from, after] = sizes.map(|dim| &dim.tokens);
        let output = Dim::by_rule(sizes, |sizes| sizes.iter().sum(), quote!(#before + #from + #after));
        named(planner, i, output)
    });
    let sides = padding.as_flattened().iter().map(Dim::argument).collect::<Vec<_>>();
    let new = quote!(::nn::layers::ZeroPad2d::new());
    let make = move |from: &TokenStream, to: &TokenStream| quote!(::nn::layers::ZeroPad2d<#from, #to, #(#sides),*>);
    Some(resized(planner, channels, output, new, make))
}

fn upsample(planner: &mut Planner<'_>) -> Option<Plan> {
    let [channels, rows, columns] = planner.image()?;
    let factor = pair(planner, "factor")?;
    let size = [rows, columns];
    let output = [0, 1].map(|i| {
        let (from, by) = (&size[i].tokens, &factor[i].tokens);
        let output = Dim::by_rule([&size[i], &factor[i]], |[size, factor]| size * factor, quote!(#from * #by));
        named(planner, i, output)
    });
    let bilinear = planner.args.word("mode").is_some_and(|mode| mode == "bilinear");
    let mode = match (bilinear, planner.args.flag("align_corners"), planner.args.place("align_corners")) {
        (true, Some(true), _) => quote!(, ::nn::layers::Bilinear<true>),
        (true, ..) => quote!(, ::nn::layers::Bilinear),
        (false, _, Some(place)) => {
            let what = "aligns corners, which only `mode = bilinear` can";
            planner.error(&place, what, "add `mode = bilinear`, or leave `align_corners` out");
            return None;
        }
        (false, ..) => TokenStream::new(),
    };
    let new = quote!(::nn::layers::Upsample::new());
    let make = move |from: &TokenStream, to: &TokenStream| quote!(::nn::layers::Upsample<#from, #to #mode>);
    Some(resized(planner, channels, output, new, make))
}

fn named(planner: &mut Planner<'_>, axis: usize, size: Dim) -> Dim {
    let name = format!("{}_{}", constant(&planner.line.to_string()), AXES[axis].to_uppercase());
    planner.model.derived_size(&name, size)
}

/// A layer over images that learns nothing.
fn resized(
    planner: &Planner<'_>,
    channels: Dim,
    size: [Dim; 2],
    new: TokenStream,
    make: impl Fn(&TokenStream, &TokenStream) -> TokenStream + 'static,
) -> Plan {
    let input = planner.input();
    let gives = Shape::values([channels].into_iter().chain(size).collect());
    let op = Op::Layer {
        ty: make(&input.ty(), &gives.ty()),
        new,
        mirror: Mirror::Nothing,
        recast: false,
        order: Order::Any(Rc::new(make)),
    };
    Plan { takes: vec![input], gives, op }
}
