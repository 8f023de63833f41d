//! In which order images lie between lines: channels-last where every line that reads them can, so that kernels need no copies.
//!
//! A layer over images takes and gives either order, and so do layers that treat all elements alike, if what they give lies as what they take.
//! What others read, and what the network gives, lies as its shape says: channels, height, width. `Flatten` of an image stays in the order of
//! the image for a `Dense` line, whose weight then lies in that order too. Messages and files know nothing of this.

use crate::model::{Model, Op, Order, Shape, ValueId};
use crate::syntax::{Dim, Element};

/// Chooses the order of every value of the network and of its bodies, and makes the layers again that it changes.
pub fn choose(model: &mut Model) {
    let count = model.nodes.len();
    let mut inner: Vec<bool> = (0..count).map(|i| may_be(model, i)).collect();
    loop {
        let before = inner.clone();
        for i in 0..count {
            inner[i] = inner[i] && takes_allow(model, i, &inner) && readers_allow(model, i, &inner);
        }
        if inner == before {
            break;
        }
    }
    for i in 0..count {
        let source = match model.nodes[i].sources.first() {
            Some(ValueId::Node(j)) if inner[*j] => Some(model.nodes[*j].gives.clone()),
            _ => None,
        };
        if inner[i] {
            let dims = model.nodes[i].gives.dims().map_or_else(Vec::new, <[Dim]>::to_vec);
            let image = match &source {
                Some(Shape::Inner { image, .. }) if dims.len() == 1 => image.clone(),
                _ => dims.clone(),
            };
            model.nodes[i].gives = Shape::Inner { image, dims };
        }
        let shapes: Vec<Shape> = model.nodes[i].sources.iter().map(|source| model.shape(*source).clone()).collect();
        let node = &mut model.nodes[i];
        if source.is_some() {
            node.takes = shapes;
        }
        if let Op::Layer { ty, order: Order::Same(make) | Order::Any(make) | Order::Takes(make), .. } = &mut node.op
            && (inner[i] || source.is_some())
        {
            *ty = make(&node.takes[0].ty(), &node.gives.ty());
        }
    }
}

/// Whether what line `i` gives is an image (or a flat one) that nobody outside sees, and its layer can be made for either order.
fn may_be(model: &Model, i: usize) -> bool {
    let node = &model.nodes[i];
    let Shape::Dims { element: Element::F32, dims } = &node.gives else { return false };
    let shared = model.nodes.iter().any(|other| matches!(other.op, Op::Same { of } if of == i));
    let able = match &node.op {
        Op::Layer { order: Order::Any(_), .. } => dims.len() == 3,
        Op::Layer { order: Order::Same(_), .. } | Op::View => dims.len() == 3 || dims.len() == 1,
        _ => false,
    };
    able && !shared && model.output_of(ValueId::Node(i)).is_none()
}

/// Whether what line `i` takes allows it to give an image channels-last.
fn takes_allow(model: &Model, i: usize, inner: &[bool]) -> bool {
    let node = &model.nodes[i];
    let is_inner = |source: &ValueId| matches!(source, ValueId::Node(j) if inner[*j]);
    match &node.op {
        Op::Layer { order: Order::Same(_), .. } => node.sources.iter().all(is_inner),
        Op::View => {
            let ranks = [node.takes[0].dims(), node.gives.dims()].map(|dims| dims.map_or(0, <[Dim]>::len));
            is_inner(&node.sources[0]) && matches!(ranks, [3, 3] | [3, 1] | [1, 1])
        }
        _ => true,
    }
}

/// Whether all lines that read what line `i` gives can take it channels-last.
fn readers_allow(model: &Model, i: usize, inner: &[bool]) -> bool {
    let mut readers = (0..model.nodes.len()).filter(|&j| model.nodes[j].sources.contains(&ValueId::Node(i)));
    readers.all(|j| match &model.nodes[j].op {
        Op::Layer { order: Order::Any(_) | Order::Takes(_), .. } => {
            !model.nodes.iter().any(|other| matches!(other.op, Op::Same { of } if of == j))
        }
        Op::Layer { order: Order::Same(_), .. } | Op::View => inner[j],
        _ => false,
    })
}
