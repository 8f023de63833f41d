//! Which dimension of a sequence is time. `[28, 128]` may be steps with features or channels with a length, and no size tells them apart: who made it
//! does.

use super::Planner;
use crate::model::{Node, ValueId};

/// The order of a sequence's dimensions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Axes {
    /// `[steps, features]`
    Steps,
    /// `[channels, length]`
    Channels,
}

/// Kinds that give one or the other.
const MAKERS: &[(&str, Axes)] = &[
    ("Embedding", Axes::Steps),
    ("PositionEmbedding", Axes::Steps),
    ("MultiHeadAttention", Axes::Steps),
    ("Lstm", Axes::Steps),
    ("Gru", Axes::Steps),
    ("Rnn", Axes::Steps),
    ("Conv1d", Axes::Channels),
    ("MaxPool1d", Axes::Channels),
    ("AvgPool1d", Axes::Channels),
    ("AdaptiveAvgPool1d", Axes::Channels),
];

/// Kinds that leave the dimensions where they are, besides activations.
const KEEPERS: [&str; 9] =
    ["Dense", "Dropout", "Dropout2d", "LayerNorm", "RmsNorm", "GroupNorm", "BatchNorm1d", "PRelu", "Residual"];

impl Axes {
    /// As messages write it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Steps => "[steps, features]",
            Self::Channels => "[channels, length]",
        }
    }

    /// What a line gives, if its kind says so.
    fn of(node: &Node) -> Option<Self> {
        MAKERS.iter().find(|(name, _)| *name == kind(node)).map(|(_, axes)| *axes)
    }
}

/// The kind without what is said besides.
fn kind(node: &Node) -> &str {
    node.kind.split([' ', ',']).next().unwrap_or_default()
}

impl Planner<'_> {
    /// The dimensions of what comes in, if a line above has made them.
    pub fn axes(&self) -> Option<Axes> {
        let named = |node: &&Node| node.line == *self.source_names[0] || node.name == *self.source_names[0];
        let mut node = self.model.nodes.iter().rev().find(named)?;
        loop {
            if let Some(axes) = Axes::of(node) {
                return Some(axes);
            }
            let keeps = KEEPERS.contains(&kind(node)) || super::find_activation(kind(node)).is_some();
            let (true, [ValueId::Node(above)]) = (keeps, node.sources.as_slice()) else { return None };
            node = &self.model.nodes[*above];
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_name_is_a_kind() {
        let names = super::MAKERS.iter().map(|(name, _)| *name).chain(super::KEEPERS);
        for name in names {
            assert!(crate::kinds::names().any(|known| known == name), "there is no `{name}`");
        }
    }
}
