//! `MaxPool2d(2)`, `AvgPool2d(2)`, `AdaptiveAvgPool2d(7)`, `GlobalAvgPool2d`, and the same over sequences.

use super::window::{Window, pair};
use super::{Axes, Form, Kind, Param, Plan, Planner, Takes};
use crate::model::{Mirror, Op, Order, Shape};
use crate::report::Place;
use crate::syntax::Dim;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::rc::Rc;

/// The largest value of each window.
pub const MAX_POOL2D: Kind = Kind {
    name: "MaxPool2d",
    params: &[
        Param::required("kernel", Form::Pair, "2"),
        Param::optional("stride", Form::Pair, "2"),
        Param::optional("padding", Form::Padding, "1"),
        Param::optional("ceil", Form::Bool, "true"),
    ],
    takes: Takes::One,
    tokens: false,
    fuses: false,
    axes: Axes::Channels,
    plan: pool,
};

/// The mean of each window.
pub const AVG_POOL2D: Kind = Kind {
    name: "AvgPool2d",
    params: &[
        Param::required("kernel", Form::Pair, "2"),
        Param::optional("stride", Form::Pair, "2"),
        Param::optional("padding", Form::Padding, "1"),
        Param::optional("ceil", Form::Bool, "true"),
        Param::optional("count_padding", Form::Bool, "false"),
    ],
    ..MAX_POOL2D
};

/// The mean of each channel.
pub const GLOBAL_AVG_POOL2D: Kind = Kind { name: "GlobalAvgPool2d", params: &[], plan: global, ..MAX_POOL2D };

/// The mean of each of so many parts.
pub const ADAPTIVE_AVG_POOL2D: Kind = Kind {
    name: "AdaptiveAvgPool2d",
    params: &[Param::required("size", Form::Pair, "7")],
    plan: adaptive,
    ..MAX_POOL2D
};

/// The largest value of each window of a sequence.
pub const MAX_POOL1D: Kind = Kind {
    name: "MaxPool1d",
    params: &[
        Param::required("kernel", Form::Size, "2"),
        Param::optional("stride", Form::Size, "2"),
        Param::optional("padding", Form::PaddingOfSequence, "1"),
        Param::optional("ceil", Form::Bool, "true"),
    ],
    ..MAX_POOL2D
};

/// The mean of each window of a sequence.
pub const AVG_POOL1D: Kind = Kind {
    name: "AvgPool1d",
    params: &[
        Param::required("kernel", Form::Size, "2"),
        Param::optional("stride", Form::Size, "2"),
        Param::optional("padding", Form::PaddingOfSequence, "1"),
        Param::optional("ceil", Form::Bool, "true"),
        Param::optional("count_padding", Form::Bool, "false"),
    ],
    ..MAX_POOL2D
};

/// The mean of each channel of a sequence.
pub const GLOBAL_AVG_POOL1D: Kind = Kind { name: "GlobalAvgPool1d", ..GLOBAL_AVG_POOL2D };

/// The mean of each of so many parts of a sequence.
pub const ADAPTIVE_AVG_POOL1D: Kind =
    Kind { name: "AdaptiveAvgPool1d", params: &[Param::required("size", Form::Size, "7")], ..ADAPTIVE_AVG_POOL2D };

/// Whether the line is of a kind over sequences.
fn over_sequences(planner: &Planner<'_>) -> bool {
    planner.kind.ends_with("1d")
}

fn pool(planner: &mut Planner<'_>) -> Option<Plan> {
    let (channels, window) = if over_sequences(planner) {
        let [channels, length] = planner.sequence()?;
        (channels, Window::read_of_sequence(planner, &length, true)?)
    } else {
        let [channels, rows, columns] = planner.image()?;
        (channels, Window::read(planner, &[rows, columns], true)?)
    };
    check(planner, &window)?;
    let input = planner.input();
    let gives = Shape::values([channels].into_iter().chain(window.sizes(&window.output).cloned()).collect());
    let (name, frame) = (format_ident!("{}", planner.kind), window.ty());
    let counts = (planner.args.flag("count_padding") == Some(false)).then(|| quote!(, false));
    let new = quote!(::nn::layers::#name::new());
    let make = move |from: &TokenStream, to: &TokenStream| quote!(::nn::layers::#name<#from, #to, #frame #counts>);
    let op = Op::Layer {
        ty: make(&input.ty(), &gives.ty()),
        new,
        mirror: Mirror::Nothing,
        recast: false,
        order: Order::Any(Rc::new(make)),
    };
    Some(Plan { takes: vec![input], gives, op })
}

/// What pools demand of their windows, beside that these fit; none after a mistake.
fn check(planner: &mut Planner<'_>, window: &Window) -> Option<()> {
    let title = format!("{}: layer `{}`", planner.model.title, planner.line);
    let place = |name: &str| planner.args.place(name).unwrap_or_else(|| planner.span.range());
    let (kernel, padding) = (place("kernel"), place("padding"));
    if planner.kind.starts_with("MaxPool") {
        let sizes: Vec<Dim> = window.sizes(&window.kernel).cloned().collect();
        let values: Option<Vec<usize>> = sizes.iter().map(|size| size.value).collect();
        match values.and_then(|values| values.iter().try_fold(1_usize, |all, size| all.checked_mul(*size))) {
            Some(elements) if elements <= nn_spec::MAX_POOL_WINDOW => {}
            Some(_) => {
                let (most, shape) = (nn_spec::MAX_POOL_WINDOW, Shape::values(sizes));
                let what = format!("has a window of {shape}, but a max pool has one of at most {most} elements");
                planner.error(
                    &kernel,
                    what,
                    format!("pool more than once, or take `{}`", planner.kind.replace("Max", "Avg")),
                );
                return None;
            }
            None => {
                let (subject, sizes) = (format!("{title} has a window of "), sizes.iter().map(|size| &size.tokens));
                planner.model.check(&kernel, "check_pool_window", quote!(#subject, &[#(#sizes),*]));
            }
        }
    }
    for (i, [before, after]) in window.padding.iter().enumerate() {
        let (axis, size) = (window.axes[i], &window.kernel[i]);
        match (before.value, after.value, size.value) {
            (Some(before), Some(after), Some(size)) if before.max(after) <= size / 2 => {}
            (Some(before), Some(after), Some(size)) => {
                let what = format!(
                    "has a padding of {} {axis}, but must have one of at most half of the window, {}",
                    before.max(after),
                    size / 2
                );
                planner.error(&padding, what, format!("write `padding = {}`", size / 2));
                return None;
            }
            _ if i == 1 && before.same_as(&window.padding[0][0]) && size.same_as(&window.kernel[0]) => {}
            _ => {
                let subject = format!("{title}: the padding of its {axis} is ");
                let (size, before, after) = (&size.tokens, &before.tokens, &after.tokens);
                let arguments = quote!(#subject, #size, [#before, #after]);
                planner.model.check(&padding, "check_pool_padding", arguments);
            }
        }
    }
    Some(())
}

fn adaptive(planner: &mut Planner<'_>) -> Option<Plan> {
    let sequences = over_sequences(planner);
    let channels = channels(planner)?;
    let size = if sequences { vec![planner.size("size")?] } else { pair(planner, "size")?.to_vec() };
    let gives = Shape::values([channels].into_iter().chain(size).collect());
    Some(without_window(planner, gives))
}

fn global(planner: &mut Planner<'_>) -> Option<Plan> {
    let channels = channels(planner)?;
    Some(without_window(planner, Shape::values(vec![channels])))
}

/// The channels of the image or sequence that comes in.
fn channels(planner: &mut Planner<'_>) -> Option<Dim> {
    if over_sequences(planner) {
        let [channels, _] = planner.sequence()?;
        return Some(channels);
    }
    let [channels, ..] = planner.image()?;
    Some(channels)
}

/// A pool that is told by its samples.
fn without_window(planner: &Planner<'_>, gives: Shape) -> Plan {
    let (input, name) = (planner.input(), format_ident!("{}", planner.kind));
    let new = quote!(::nn::layers::#name::new());
    let make = move |from: &TokenStream, to: &TokenStream| quote!(::nn::layers::#name<#from, #to>);
    let op = Op::Layer {
        ty: make(&input.ty(), &gives.ty()),
        new,
        mirror: Mirror::Nothing,
        recast: false,
        order: Order::Any(Rc::new(make)),
    };
    Plan { takes: vec![input], gives, op }
}
