//! `MaxPool2d(2)`, `AvgPool2d(2)`, `GlobalAvgPool2d`.

use super::window::Window;
use super::{Form, Kind, Param, Plan, Planner, Takes};
use crate::model::{Mirror, Op, Order, Shape};
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

fn pool(planner: &mut Planner<'_>) -> Option<Plan> {
    let [channels, rows, columns] = planner.image()?;
    let window = Window::read(planner, &[rows, columns], true)?;
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

fn global(planner: &mut Planner<'_>) -> Option<Plan> {
    let [channels, ..] = planner.image()?;
    let (input, gives) = (planner.input(), Shape::values(vec![channels]));
    let make = |from: &TokenStream, to: &TokenStream| quote!(::nn::layers::GlobalAvgPool2d<#from, #to>);
    let op = Op::Layer {
        ty: make(&input.ty(), &gives.ty()),
        new: quote!(::nn::layers::GlobalAvgPool2d::new()),
        mirror: Mirror::Nothing,
        recast: false,
        order: Order::Any(Rc::new(make)),
    };
    Some(Plan { takes: vec![input], gives, op })
}
