//! A convolution with ReLU and the max pool right behind it, which alone reads what it gives, become one layer (`Pooled`): what is between
//! them is then never kept. The line of the pool is another name for what the line of the convolution gives.

use crate::model::{Model, Op, Order, ValueId};
use quote::quote;

/// Joins such lines of the network and of its bodies.
pub fn join(model: &mut Model) {
    model.bodies.iter_mut().for_each(join);
    for i in 0..model.nodes.len() {
        let Some(pool) = pool_of(model, i) else { continue };
        let gives = model.nodes[pool].gives.clone();
        let after = std::mem::replace(&mut model.nodes[pool].op, Op::View);
        model.nodes[pool].takes = vec![gives.clone()];
        model.nodes[i].gives = gives;
        if let (Op::Layer { ty, new, order, .. }, Op::Layer { ty: pool, .. }) = (&mut model.nodes[i].op, &after) {
            *ty = quote!(::nn::layers::Pooled<#ty, #pool>);
            *new = quote!(::nn::layers::Pooled::new(#new));
            *order = Order::Fixed;
        }
    }
}

/// The max pool that line `i`, a convolution with ReLU, can be joined with.
fn pool_of(model: &Model, i: usize) -> Option<usize> {
    let mut readers = (0..model.nodes.len()).filter(|&j| model.nodes[j].sources.contains(&ValueId::Node(i)));
    let pool = readers.next()?;
    let alone = readers.next().is_none() && model.output_of(ValueId::Node(i)).is_none();
    let shared = model.nodes.iter().any(|node| matches!(node.op, Op::Same { of } if of == i || of == pool));
    let (conv, after) = (ty(model, i)?, ty(model, pool)?);
    let fits = conv.starts_with("::nn::layers::Conv2d<") && conv.contains(",::nn::layers::Relu");
    let fits = fits && after.starts_with("::nn::layers::MaxPool2d<");
    (alone && !shared && fits && model.nodes[pool].takes[0].same_as(&model.nodes[i].gives)).then_some(pool)
}

/// The type of the layer of line `i`.
fn ty(model: &Model, i: usize) -> Option<String> {
    let Op::Layer { ty, .. } = &model.nodes[i].op else { return None };
    Some(ty.to_string().replace(' ', ""))
}
