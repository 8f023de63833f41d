//! `Permute([2, 1, 3])`: the dimensions in another order.

use super::{Axes, Form, Kind, Param, Plan, Planner, Takes};
use crate::model::{Mirror, Op, Order, Shape};
use quote::quote;

/// The dimensions in another order.
pub const PERMUTE: Kind = Kind {
    name: "Permute",
    params: &[Param::required("order", Form::Shape, "[2, 1]")],
    takes: Takes::One,
    tokens: false,
    fuses: false,
    axes: Axes::Other,
    plan: permute,
};

fn permute(planner: &mut Planner<'_>) -> Option<Plan> {
    let (input, place) = (planner.input(), planner.args.place("order")?);
    let written = planner.args.shape("order")?;
    let text = Shape::from(written);
    let source = planner.source_names[0].clone();
    let Shape::Dims { dims, .. } = &input else {
        if !input.is_unknown() {
            let help = "write the network's lines here, or its last line as one of this network";
            let what = format!("permutes what `{source}` gives, whose dimensions are not written in this network");
            planner.error(&place, what, help);
        }
        return None;
    };
    let rank = dims.len();
    let order: Option<Vec<usize>> = written.dims.iter().map(|dim| dim.value).collect();
    let sorted = order.clone().map(|mut order| {
        order.sort_unstable();
        order
    });
    if !(2..=4).contains(&rank) || sorted != Some((1..=rank).collect()) {
        let all: Vec<String> = (1..=rank).rev().map(|i| i.to_string()).collect();
        let (what, help) = if (2..=4).contains(&rank) {
            let what = format!("has the order {text}, but `{source}` gives {input}, whose dimensions are 1 to {rank}");
            (what, format!("write each once, such as `Permute([{}])`", all.join(", ")))
        } else {
            (
                format!("permutes from 2 to 4 dimensions, but `{source}` gives {input}"),
                "put a `Reshape` line before it".to_owned(),
            )
        };
        planner.error(&place, what, help);
        return None;
    }
    let order = order?;
    let gives = Shape::values(order.iter().map(|&i| dims[i - 1].clone()).collect());
    let (from, to) = (input.ty(), gives.ty());
    let op = Op::Layer {
        ty: quote!(::nn::layers::Permute<#from, #to, #(#order),*>),
        new: quote!(::nn::layers::Permute::new()),
        mirror: Mirror::Nothing,
        recast: false,
        order: Order::Fixed,
    };
    Some(Plan { takes: vec![input], gives, op })
}
