//! Which dimension of a sequence is time. `[28, 128]` may be steps with features or channels with a length, and no size tells them apart: who made it
//! does.

use super::Planner;
use crate::model::{Mirror, Node, Op, ValueId};

/// What a kind says of the dimensions of what it gives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Axes {
    /// `[steps, features]`
    Steps,
    /// `[channels, length]`; of images too, the channels come first.
    Channels,
    /// Those of what it takes.
    Kept,
    /// Others, or it is not known.
    Other,
}

impl Axes {
    /// As messages write it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Steps => "[steps, features]",
            Self::Channels => "[channels, length]",
            Self::Kept | Self::Other => "[…]",
        }
    }

    /// What the kind of a line says.
    fn of(node: &Node) -> Self {
        let kind = node.kind.split([' ', ',']).next().unwrap_or_default();
        match &node.op {
            Op::Layer { mirror: Mirror::Own, .. } if kind != "Residual" => Self::Other,
            _ => match super::find(kind) {
                Some(kind) => kind.axes,
                None if kind == "Residual" || super::find_activation(kind).is_some() => Self::Kept,
                None => Self::Other,
            },
        }
    }
}

impl Planner<'_> {
    /// The dimensions of what comes in, if a line above has made them.
    pub fn axes(&self) -> Option<Axes> {
        let named = |node: &&Node| node.line == *self.source_names[0] || node.name == *self.source_names[0];
        let mut node = self.model.nodes.iter().rev().find(named)?;
        loop {
            match (Axes::of(node), node.sources.first()) {
                (axes @ (Axes::Steps | Axes::Channels), _) => return Some(axes),
                (Axes::Kept, Some(ValueId::Node(above))) => node = &self.model.nodes[*above],
                _ => return None,
            }
        }
    }
}
