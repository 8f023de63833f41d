//! `Embedding(65, 128)`, `PositionEmbedding`: from tokens to vectors, and where they stand.

use super::norm::same_shape;
use super::{Axes, Form, Kind, Param, Plan, Planner, Takes};
use crate::model::{Mirror, Op, Order, Shape};
use quote::quote;

/// A vector for each token.
pub const EMBEDDING: Kind = Kind {
    name: "Embedding",
    params: &[Param::required("vocabulary", Form::Size, "65"), Param::required("features", Form::Size, "128")],
    takes: Takes::One,
    tokens: true,
    fuses: false,
    axes: Axes::Steps,
    plan: embedding,
};

/// Learned positions, added.
pub const POSITION_EMBEDDING: Kind = Kind {
    name: "PositionEmbedding",
    params: &[],
    takes: Takes::One,
    tokens: false,
    fuses: false,
    axes: Axes::Steps,
    plan: position_embedding,
};

fn embedding(planner: &mut Planner<'_>) -> Option<Plan> {
    let input = planner.input();
    let (vocabulary, features) = (planner.size("vocabulary"), planner.size("features"));
    let (span, source) = (planner.span, planner.source_names[0].clone());
    if !input.is_unknown() && !input.are_tokens() {
        let found = if input.dims().is_some() { format!("values (`f32`), {input}") } else { input.to_string() };
        let help = match input.dims().filter(|_| planner.takes_input()) {
            Some(dims) => {
                let dims: Vec<String> = dims.iter().map(ToString::to_string).collect();
                format!("declare the input with `u32`: `[u32; {}]`", dims.join(", "))
            }
            None => "let it take an input of the network that is declared with `u32`".to_owned(),
        };
        planner.error(&span, format!("takes tokens (`u32`), but `{source}` gives {found}"), help);
        return Some(Plan::broken(Shape::Ends(features?)));
    }
    let (vocabulary, features) = (vocabulary?, features?);
    let Some(tokens) = input.dims() else { return Some(Plan::broken(Shape::Ends(features))) };
    let gives = Shape::values(tokens.iter().cloned().chain([features]).collect());
    let (from, to, vocabulary) = (input.ty(), gives.ty(), vocabulary.argument());
    let op = Op::Layer {
        ty: quote!(::nn::layers::Embedding<#from, #to, #vocabulary>),
        new: quote!(::nn::layers::Embedding::new()),
        mirror: Mirror::Value,
        recast: false,
        order: Order::Fixed,
    };
    Some(Plan { takes: vec![input], gives, op })
}

fn position_embedding(planner: &mut Planner<'_>) -> Option<Plan> {
    let input = planner.input();
    if planner.steps().is_none() {
        return Some(Plan::broken(input));
    }
    same_shape(planner, &[])
}
