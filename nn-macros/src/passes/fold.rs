//! A convolution and the batch normalisation right behind it are one layer in a prepared network, where no statistics change any more: the
//! normalisation is then part of the weights (`Conv2d::fold`). In training, and for reading and saving, they stay what they are.

use crate::model::{Model, Op, ValueId};

/// The batch normalisation that line `i`, a convolution, can take in: the only reader of what it gives.
pub fn norm_of(model: &Model, i: usize) -> Option<usize> {
    let mut readers = (0..model.nodes.len()).filter(|&j| model.nodes[j].sources.contains(&ValueId::Node(i)));
    let reader = readers.next()?;
    let alone = readers.next().is_none() && model.output_of(ValueId::Node(i)).is_none();
    let shared = model.nodes.iter().any(|node| matches!(node.op, Op::Same { of } if of == i || of == reader));
    let fits = model.nodes[i].kind == "Conv2d" && is(model, i, "Conv2d") && is(model, reader, "BatchNorm2d");
    (alone && !shared && fits && model.nodes[reader].takes[0].same_as(&model.nodes[i].gives)).then_some(reader)
}

/// The convolution that line `i`, a batch normalisation, can be part of.
pub fn conv_of(model: &Model, i: usize) -> Option<usize> {
    let [ValueId::Node(conv)] = model.nodes[i].sources[..] else { return None };
    (norm_of(model, conv) == Some(i)).then_some(conv)
}

/// Whether the layer of line `i` is the built-in one of this name, as it is.
fn is(model: &Model, i: usize, name: &str) -> bool {
    let Op::Layer { ty, .. } = &model.nodes[i].op else { return false };
    ty.to_string().replace(' ', "").starts_with(&format!("::nn::layers::{name}<"))
}
