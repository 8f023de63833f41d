//! In which order images lie between lines: channels-last where every line that reads them can, so that kernels need no copies.
//!
//! A layer over images takes and gives either order, and so do layers that treat all elements alike, if what they give lies as what they take.
//! What others read, and what a network takes and gives in general, lies as its shape says: channels, height, width. A network that takes one
//! image and gives one is written in the order that its lines want at its borders too (`ImageNetwork`), and stands in another network, or as
//! the body of a residual, in the order that is wanted there (`Reordered`). `Flatten` of an image stays in the order of the image for a
//! `Dense` line, whose weight then lies in that order too. Messages and files know nothing of this.

use crate::model::{Model, Op, Order, Shape, ValueId};
use crate::syntax::{Dim, Element};

/// Which values lie channels-last.
#[derive(Clone, PartialEq, Eq)]
struct Inner {
    /// The input, of a network over one image.
    input: bool,
    /// What each line gives.
    nodes: Vec<bool>,
}

impl Inner {
    fn has(&self, value: ValueId) -> bool {
        match value {
            ValueId::Input(_) => self.input,
            ValueId::Node(i) => self.nodes[i],
        }
    }
}

/// Chooses the order of every value of the network and of its bodies, and makes the layers again that it changes.
pub fn choose(model: &mut Model) {
    model.bodies.iter_mut().for_each(choose);
    let count = model.nodes.len();
    let mut inner = Inner { input: model.image, nodes: (0..count).map(|i| may_be(model, i)).collect() };
    loop {
        let before = inner.clone();
        inner.input = inner.input && readers_allow(model, ValueId::Input(0), &inner);
        for i in 0..count {
            inner.nodes[i] =
                inner.nodes[i] && takes_allow(model, i, &inner) && readers_allow(model, ValueId::Node(i), &inner);
        }
        if inner == before {
            break;
        }
    }
    if inner.input {
        let dims = model.inputs[0].shape.dims().map_or_else(Vec::new, <[Dim]>::to_vec);
        model.inputs[0].shape = Shape::Inner { image: dims.clone(), dims };
    }
    for i in 0..count {
        let source = model.nodes[i].sources.first().filter(|source| inner.has(**source));
        let source = source.map(|source| model.shape(*source).clone());
        if inner.nodes[i] {
            let dims = model.nodes[i].gives.dims().map_or_else(Vec::new, <[Dim]>::to_vec);
            let image = match (&source, &dims[..]) {
                (Some(Shape::Inner { image, .. }), [_]) => image.clone(),
                // A sequence is an image of one row.
                (_, [channels, length]) => vec![channels.clone(), Dim::known(1), length.clone()],
                _ => dims.clone(),
            };
            model.nodes[i].gives = Shape::Inner { image, dims };
        }
        let shapes: Vec<Shape> = model.nodes[i].sources.iter().map(|source| model.shape(*source).clone()).collect();
        let node = &mut model.nodes[i];
        if source.is_some() {
            node.takes = shapes;
        }
        if let Op::Layer { ty, order, .. } = &mut node.op
            && (inner.nodes[i] || source.is_some())
        {
            match order {
                Order::Same(make) | Order::Any(make) | Order::Takes(make) => {
                    *ty = make(&node.takes[0].ty(), &node.gives.ty());
                }
                Order::Joined(make) => {
                    let takes: Vec<_> = node.takes.iter().map(Shape::ty).collect();
                    *ty = make(&takes, &node.gives.ty());
                }
                Order::Fixed => {}
            }
        }
    }
    if model.image
        && let Some(Some(result)) = model.results.first().copied()
        && inner.has(result)
    {
        model.outputs[0].shape = model.shape(result).clone();
    }
}

/// Whether what line `i` gives is an image (or a flat one) that nobody outside sees in another order, and its layer can be made for either.
fn may_be(model: &Model, i: usize) -> bool {
    let node = &model.nodes[i];
    let Shape::Dims { element: Element::F32, dims } = &node.gives else { return false };
    let shared = model.nodes.iter().any(|other| matches!(other.op, Op::Same { of } if of == i));
    let able = match &node.op {
        Op::Layer { order: Order::Any(_), .. } => matches!(dims.len(), 2 | 3),
        Op::Layer { order: Order::Joined(_), .. } => matches!(dims.len(), 2 | 3),
        Op::Layer { order: Order::Same(_), .. } | Op::View => matches!(dims.len(), 1..=3),
        _ => false,
    };
    let seen = model.output_of(ValueId::Node(i)).is_some() && !(model.image && dims.len() == 3);
    able && !shared && !seen
}

/// Whether what line `i` takes allows it to give an image channels-last.
fn takes_allow(model: &Model, i: usize, inner: &Inner) -> bool {
    let node = &model.nodes[i];
    let is_inner = |source: &ValueId| inner.has(*source);
    match &node.op {
        Op::Layer { order: Order::Same(_) | Order::Joined(_), .. } => node.sources.iter().all(is_inner),
        Op::View => {
            let flat = node.gives.dims().is_some_and(|dims| dims.len() == 1);
            is_inner(&node.sources[0]) && (flat || node.takes[0].same_as(&node.gives))
        }
        _ => true,
    }
}

/// Whether all lines that read a value can take it channels-last.
fn readers_allow(model: &Model, value: ValueId, inner: &Inner) -> bool {
    let mut readers = (0..model.nodes.len()).filter(|&j| model.nodes[j].sources.contains(&value));
    readers.all(|j| match &model.nodes[j].op {
        // Over an image that is not flat, `Dense` works along its last dimension.
        Op::Layer { order: Order::Takes(_), .. } if model.shape(value).dims().is_none_or(|dims| dims.len() > 1) => {
            false
        }
        Op::Layer { order: Order::Any(_) | Order::Takes(_), .. } => {
            !model.nodes.iter().any(|other| matches!(other.op, Op::Same { of } if of == j))
        }
        Op::Layer { order: Order::Same(_) | Order::Joined(_), .. } | Op::View => inner.nodes[j],
        _ => false,
    })
}
