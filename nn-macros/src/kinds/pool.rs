//! `MaxPool2d(2)`, `AvgPool2d(2)`, `AdaptiveAvgPool2d(7)`, `GlobalAvgPool2d`.

use super::window::{AXES, Window, pair};
use super::{Form, Kind, Param, Plan, Planner, Takes};
use crate::model::{Mirror, Op, Order, Shape};
use crate::report::Place;
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

fn pool(planner: &mut Planner<'_>) -> Option<Plan> {
    let [channels, rows, columns] = planner.image()?;
    let window = Window::read(planner, &[rows, columns], true)?;
    check(planner, &window)?;
    let input = planner.input();
    let gives = Shape::values([channels].into_iter().chain(window.output.clone()).collect());
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
    if planner.kind == "MaxPool2d" {
        let [rows, columns] = &window.kernel;
        match rows.value.zip(columns.value).and_then(|(rows, columns)| rows.checked_mul(columns)) {
            Some(elements) if elements <= nn_spec::MAX_POOL_WINDOW => {}
            Some(_) => {
                let most = nn_spec::MAX_POOL_WINDOW;
                let what =
                    format!("has a window of [{rows}, {columns}], but a max pool has one of at most {most} elements");
                planner.error(&kernel, what, "pool more than once, or take `AvgPool2d`");
                return None;
            }
            None => {
                let (subject, rows, columns) = (format!("{title} has a window of "), &rows.tokens, &columns.tokens);
                planner.model.check(&kernel, "check_pool_window", quote!(#subject, [#rows, #columns]));
            }
        }
    }
    for (i, [before, after]) in window.padding.iter().enumerate() {
        let (axis, size) = (AXES[i], &window.kernel[i]);
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
    let [channels, ..] = planner.image()?;
    let size = pair(planner, "size")?;
    let gives = Shape::values([channels].into_iter().chain(size).collect());
    Some(without_window(planner, "AdaptiveAvgPool2d", gives))
}

fn global(planner: &mut Planner<'_>) -> Option<Plan> {
    let [channels, ..] = planner.image()?;
    Some(without_window(planner, "GlobalAvgPool2d", Shape::values(vec![channels])))
}

/// A pool that is told by its samples.
fn without_window(planner: &Planner<'_>, name: &str, gives: Shape) -> Plan {
    let (input, name) = (planner.input(), format_ident!("{name}"));
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
